#!/usr/bin/python3
"""Holds what `qsg ... --json` printed against the schemas of proto/json, and
the schemas against that.

usage: schemas.py SCHEMAS OUTPUTS [COMMANDS]

OUTPUTS is a folder of files OPERATION.N.json. A key that its schema does not
tell of is refused. COMMANDS lists the words of every command: with it, each
command must have a schema; each schema must have met something that is not
empty, and must refuse it once a required key is missing or holds nonsense."""

import collections
import copy
import json
import os
import pathlib
import sys

import jsonschema

# It prints no JSON.
WITHOUT = {"serve"}
# Not results of a command.
BESIDE = {"common", "error"}
NONSENSE = {"": [None]}
failures = []


def fail(text):
    failures.append(text)
    print("FAILED: " + text)


def load(path):
    with open(path, encoding="utf-8") as f:
        return json.load(f)


def closed(schema):
    """The same, refusing keys that it does not tell of."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    result = {key: closed(value) for key, value in schema.items()}
    if result.get("additionalProperties") is True:
        del result["additionalProperties"]
        result["unevaluatedProperties"] = False
    return result


class Schemas:
    def __init__(self, folder, change):
        self.base = pathlib.Path(folder).resolve().as_uri() + "/"
        self.all = {path.name[:-len(".schema.json")]: change(load(path))
                    for path in sorted(pathlib.Path(folder).glob("*.json"))}
        for schema in self.all.values():
            jsonschema.Draft202012Validator.check_schema(schema)
        self.store = {self.uri(name): each for name, each in self.all.items()}

    def uri(self, name):
        return f"{self.base}{name}.schema.json"

    def errors(self, name, instance):
        resolver = jsonschema.RefResolver(self.uri(name), self.all[name],
                                          store=self.store)
        validator = jsonschema.Draft202012Validator(self.all[name],
                                                    resolver=resolver)
        return list(validator.iter_errors(instance))

    def follow(self, name, schema):
        """(name, schema) of what a $ref leads to, or of itself."""
        while "$ref" in schema:
            file, _, path = schema["$ref"].partition("#")
            name = file[:-len(".schema.json")] if file else name
            schema = self.all[name]
            for step in path.split("/")[1:]:
                schema = schema[step]
        return name, schema

    def required(self, name, schema):
        name, schema = self.follow(name, schema)
        keys = set(schema.get("required", []))
        for part in schema.get("allOf", []):
            keys |= self.required(name, part)
        return keys


def explain(error):
    while error.context:
        error = max(error.context, key=lambda each: len(each.absolute_path))
    path = "/".join(str(step) for step in error.absolute_path)
    return f"at /{path}: {error.message[:300]}"


def check_broken(schemas, strict, name, schema, good, wrap):
    """Whatever is missing or nonsense is refused, and a further key is not,
    unless we want to know of it."""
    keys = schemas.required(name, schema)
    if not keys:
        fail(f"{name}: nothing is required")
    for key in sorted(keys):
        broken = copy.deepcopy(good)
        del broken[key]
        if not schemas.errors(name, wrap(broken)):
            fail(f"{name}: accepted without {key}")
        broken[key] = NONSENSE
        if not schemas.errors(name, wrap(broken)):
            fail(f"{name}: accepted with nonsense in {key}")
    more = dict(good, from_a_later_version=1)
    if schemas.errors(name, wrap(more)):
        fail(f"{name}: refused with a further key")
    if not strict.errors(name, wrap(more)):
        fail(f"{name}: a key that nothing tells of goes unseen")
    return 2 * len(keys)


def check_all(schemas, strict, met, commands):
    """Every schema does its work, and every command has one; how many broken
    results were refused."""
    broken = 0
    for name in schemas.all:
        if name == "common":
            continue
        if not met[name]:
            fail(f"{name}: met nothing")
            continue
        good = min(met[name], key=lambda each: len(json.dumps(each)))
        schema = schemas.all[name]
        if isinstance(good, list):
            broken += check_broken(schemas, strict, name, schema["items"],
                                   good[0], lambda each: [each])
        else:
            broken += check_broken(schemas, strict, name, schema, good,
                                   lambda each: each)
    with open(commands, encoding="utf-8") as f:
        words = {line.strip().replace(" ", "-") for line in f if line.strip()}
    for name in sorted(words - WITHOUT - set(schemas.all)):
        fail(f"{name}: a command without a schema")
    for name in sorted(set(schemas.all) - BESIDE - words):
        fail(f"{name}: a schema without a command")
    if broken == 0:
        fail("nothing was refused")
    return broken


def main(folder, outputs, commands=None):
    schemas = Schemas(folder, lambda schema: schema)
    strict = Schemas(folder, closed)
    met = collections.defaultdict(list)
    broken = 0
    for path in sorted(pathlib.Path(outputs).glob("*.json")):
        name = path.name.split(".")[0]
        instance = load(path)
        if name not in schemas.all:
            fail(f"{name}: no schema")
            continue
        found = schemas.errors(name, instance) or strict.errors(name, instance)
        for error in found[:5]:
            fail(f"{path.name}: {explain(error)}")
        if instance and not found:
            met[name].append(instance)
    if commands is not None:
        broken = check_all(schemas, strict, met, commands)
    count = sum(len(each) for each in met.values())
    print(f"{len(met)} schemas, {count} results fit, {broken} broken refused, "
          f"{len(failures)} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4) or not os.path.isdir(sys.argv[1]):
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
