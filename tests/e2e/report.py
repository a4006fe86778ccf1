#!/usr/bin/python3
"""Holds every statement of a printed report of a risk summit against the
records that it names, as other commands show them.

usage: report.py QSG HOME PAGE REPORT SHOW TIMELINE ASKED

PAGE is what `summit report --out` wrote, REPORT what it printed with --json,
SHOW and TIMELINE what `summit show` and `summit timeline` print with --json;
what else is needed is asked of the node that serves HOME, once: answers are kept
in ASKED. The words of each
statement are put together here anew, from those alone."""

import datetime
import html.parser
import json
import os
import re
import subprocess
import sys
import unicodedata
import zoneinfo

LONDON = zoneinfo.ZoneInfo("Europe/London")
TAGS = {"html", "head", "meta", "title", "style", "body", "h1", "h2", "p",
        "section", "table", "thead", "tbody", "tr", "th", "td", "bdi", "code",
        "blockquote", "a", "br"}
ATTRIBUTES = {"lang", "charset", "http-equiv", "content", "class", "id",
              "href", "data-record"}
URGENCY = {"now": "now", "24h": "within 24 hours", "48h": "within 48 hours"}
RING = {"nominate": "named who should hold the ring: ",
        "accept": "accepted to hold the ring",
        "decline": "declined to hold the ring",
        "agree": "gave its voice in who holds the ring to ",
        "hand-over": "handed over the ring to ",
        "take": "took the ring, as nobody was agreed in time"}
ENTRY = {"attend": "was at the meeting",
         "note": "recorded the note of the meeting",
         "agree": "agreed to the note of the meeting",
         "dissent": "dissented from the note of the meeting"}
STEP = {"accept": "accepted an action", "decline": "declined an action",
        "progress": "told of progress with an action",
        "close": "closed an action",
        "hand-over": "asked another to take over an action: ",
        "withdraw": "withdrew an action",
        "raise": "raised an action that is overdue with "}
HELD = {"agreed": "agreed by more than half of those with a voice",
        "handed-over": "handed over by who held it before",
        "default": "by default, as nobody was agreed in time"}
HEARD = {"not-reached": "Not reached: no receipt of that is held",
         "cannot-read": "Reached, and it cannot read that",
         "no-answer-yet": "Reached; no answer yet",
         "no-answer-held": "No answer is held here"}
STANDING = {"proposed": "its owner has not answered", "accepted": "accepted",
            "declined": "declined", "closed": "closed",
            "handed-over": "handed over, and accepted",
            "withdrawn": "withdrawn"}
PHASE = {"alert": "The summit goes on: nobody has judged yet",
         "judge": "The summit goes on: nobody holds the ring yet",
         "respond": "The summit goes on", "stood-down": "The summit is over"}
ALWAYS = {"summit-stand-down": "stood the summit down",
          "summit-objection": "objected"}
NEWER = " (something newer was said since)"
faults = []


def fault(text):
    faults.append(text)
    if len(faults) <= 20:
        print("FAILED: " + text)


def words(token):
    """Of most tokens the label is the token with spaces."""
    return token.replace("-", " ")


def london(when):
    """A time in ms, or RFC 3339, as people read it."""
    if when is None:
        return ""
    if isinstance(when, str):
        time = datetime.datetime.fromisoformat(when.replace("Z", "+00:00"))
    else:
        time = datetime.datetime.fromtimestamp(when / 1000,
                                               datetime.timezone.utc)
    time = time.astimezone(LONDON)
    return f"{time.day} {time:%b %Y %H:%M:%S %Z}"


def shown(text):
    """What of a text is invisible is shown."""
    unsafe = {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"}
    out = re.sub(r"\\(?=\\|u\{|x[0-9A-Fa-f]{2})", r"\\\\", text or "")
    return "".join(
        c if c in "\n\t" or unicodedata.category(c) not in unsafe
        else f"\\x{ord(c):02x}" if ord(c) < 0x80 else f"\\u{{{ord(c):04x}}}"
        for c in out)


class Page(html.parser.HTMLParser):
    """Its sections: {key: [statement]}, and the ids of its records."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.sections, self.listed = {}, []
        self.key, self.row, self.into, self.depth = None, None, None, []

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        if tag not in TAGS or set(found) - ATTRIBUTES:
            fault(f"the page holds <{tag} {found}>")
        if not found.get("href", "#").startswith("#"):
            fault(f"the page leads to {found['href']}")
        if tag == "section":
            self.key = found["id"]
            self.sections[self.key] = []
        elif tag == "tr" and "data-record" in found:
            self.row = {"record": found["data-record"], "at": "", "who": "",
                        "says": "", "text": "", "links": [],
                        "under": found["class"] == "under"}
            self.sections[self.key].append(self.row)
        elif tag == "tr":
            self.row = None
            if "id" in found:
                self.listed.append(found["id"])
        elif tag == "td" and self.row is not None:
            self.into = found["class"]
        elif tag == "blockquote":
            self.into = "text"
        elif tag == "a" and self.row is not None:
            self.row["links"].append(found["href"][len("#r-"):])

    def handle_endtag(self, tag):
        if tag in ("td", "blockquote"):
            self.into = None

    def handle_data(self, data):
        if self.row is not None and self.into in ("at", "who", "says", "text"):
            self.row[self.into] += data


class Checking:
    def __init__(self, qsg, home, asked, report, show, timeline):
        self.qsg, self.home, self.asked = qsg, home, asked
        self.report, self.show = report, show
        self.timeline = {each["id"]: each for each in timeline["records"]}
        self.order = [each["id"] for each in timeline["records"]]
        self.statements = {each["key"]: each["statements"]
                           for each in report["sections"]}
        self.names = self.read_names()

    def ask(self, *command):
        key = " ".join(command)
        if key not in self.asked:
            run = subprocess.run(
                [self.qsg, "--home", self.home, *command, "--json"],
                capture_output=True, check=False)
            self.asked[key] = (json.loads(run.stdout)
                               if run.returncode == 0 else None)
        return self.asked[key]

    def record(self, record):
        return self.ask("record", record)

    def read_names(self):
        """{id in hex of an organisation: how it is named}: fingerprints and
        ids are the same bytes, so that one leads to the other."""
        alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
        named = {}
        peers = self.ask("peer", "list") + [self.ask("card")]
        for each in peers + self.show["sides"]:
            number = 0
            mark = each["fingerprint"].replace(" ", "")
            for letter in mark:
                number = number * 32 + alphabet.index(letter)
            number >>= 5 * len(mark) - 256
            if each.get("name") is not None:
                named[f"{number:064x}"] = f"{each['name']} ({each['code']})"
            else:
                named.setdefault(f"{number:064x}",
                                 f"{each['fingerprint']} (not known here)")
        return named

    #
    # One record in words.
    #

    def tell(self, each):
        kind = each["type"]
        return ALWAYS.get(kind) or getattr(
            self, "tell_" + kind.replace("-", "_"))(each)

    def org(self, each):
        return self.names.get(each.get("organisation"), "")

    def tell_summit_request(self, each):
        return (f"asked for a risk summit about {each['provider']}, "
                f"{URGENCY[each['urgency']]}")

    def tell_summit_trigger(self, each):
        asked = self.show["asked"]
        return (f"triggered the risk summit about {each['provider']}, "
                f"{URGENCY[each['urgency']]}" +
                (f", as asked by {asked['author']} ({asked['author_code']})"
                 if asked else ""))

    def tell_summit_response(self, each):
        return f"answered: {words(each['answer'])}"

    def tell_summit_judgement(self, each):
        return f"judged: {words(each['finding'])}"

    def tell_summit_impact(self, each):
        if each.get("asked"):
            return "answered what would come of it"
        return f"asked what would come of: {each['considered']}"

    def tell_summit_ring(self, each):
        return f"{RING[each['act']]}{self.org(each)}, term {each['term']}"

    def tell_summit_invitation(self, each):
        return f"invited {self.org(each)}"

    def tell_summit_meeting(self, each):
        return (f"called a {each['purpose']} meeting for "
                f"{london(each['at_ms'])}, {each['place']}" +
                (", in place of an earlier call" if each.get("replaces")
                 else ""))

    def tell_summit_entry(self, each):
        people = []
        for one in each.get("people", []):
            people.append(
                one["role"] + (f" {one['name']}" if one.get("name") else "") +
                (f", from {london(one['from_ms'])}" if one.get("from_ms")
                 else "") +
                (f", until {london(one['until_ms'])}" if one.get("until_ms")
                 else ""))
        return ENTRY[each["act"]] + (": " + "; ".join(people) if people
                                     else "")

    def tell_summit_check(self, each):
        return f"answered on {words(each['check'])}: {words(each['answer'])}"

    def tell_summit_missed(self, each):
        clock = {"judging": "judging meeting", "ring": "ring-holder",
                 "response": "response meeting"}.get(each["clock"],
                                                     each["clock"])
        return f"saw a time go by: {clock}, due {london(each['due_ms'])}"

    def tell_action(self, each):
        owner = self.names[each["owner"]]
        by = f"{each['author']} ({each['author_code']})"
        return ("set an action for " +
                ("itself" if owner == by else owner) +
                (f", due {london(each['due_ms'])}" if each.get("due_ms")
                 else ""))

    def tell_action_step(self, each):
        return STEP[each["act"]] + self.org(each)

    def text_of(self, each):
        return each.get("what") or each.get("concern") or each["text"]

    #
    # Statements.
    #

    def hold(self, key, statement, record, says, text=None, at=None, who=None):
        """A statement of a record, with these words."""
        if statement is None:
            fault(f"{key}: nothing is said of {record[:12]}: {says}")
            return
        said = "".join(next(iter(each.values())) for each in statement["says"])
        for what, got, want in (("record", statement["record"], record),
                                ("words", said, says),
                                ("text", statement["text"], text or None),
                                ("time", statement["at"], at),
                                ("who", statement["who_code"], who)):
            if got != want:
                fault(f"{key}: {what} of {record[:12]}: {got!r}, "
                      f"and it is {want!r}")

    def hold_told(self, key, statement, each, more=""):
        self.hold(key, statement, each["id"], self.tell(each) + more,
                  self.text_of(each), each["created_at"], each["author_code"])

    def of(self, key):
        """Its statements one by one, and then None."""
        for each in self.statements.get(key, []):
            yield each
        while True:
            yield None

    def hold_all(self, key, wanted):
        """wanted: (record as timelines have it, further words)."""
        got = self.of(key)
        for each, more in wanted:
            self.hold_told(key, next(got), each, more)
        self.hold_end(key, got)

    def hold_end(self, key, got):
        for left in got:
            if left is None:
                return
            fault(f"{key}: a statement that nothing bears out: {left}")

    def check_order(self):
        everything = [self.timeline[each] for each in self.order]
        newer = {each["id"] for each in everything
                 if "something newer" in (each["why_not"] or "")}
        self.hold_all("order", [
            (each, NEWER if each["id"] in newer else "")
            for each in everything if each["counts"] or each["id"] in newer])
        self.hold_all("uncounted", [
            (each, f". Why not: {each['why_not']}")
            for each in everything if not each["counts"]])

    def check_parties(self):
        got = self.of("parties")
        for side in self.show["sides"]:
            called = side["invitation"] or self.show
            says = f"({side['kind_label']}) " if side["kind"] else ""
            says += {"triggered": "triggered the summit",
                     "summoned": f"was summoned: {side['why']}",
                     "alerted": "was told as a member of the group",
                     "invited": "was invited"}[side["part"]]
            if side["invitation"]:
                says += (f" by {called['author']} ({called['author_code']})"
                         if side["part"] == "invited" else "")
            if side["response"]:
                says += f". It answered: {words(side['answer'])}"
            elif side["part"] != "triggered":
                says += f". {HEARD[side['answer']]}"
            self.hold("parties", next(got), called["id"], says, None, None,
                      side["code"])
        self.hold_end("parties", got)

    def check_judgements(self):
        got = self.of("judgements")
        newest = [each for each in self.show["judgements"] if each["newest"]]
        for each in newest:
            self.hold_told("judgements", next(got), self.timeline[each["id"]])
        judged = {each["author"] for each in newest}
        silent = {side["code"] for side in self.show["sides"]
                  if side["circle"] and side["name"] not in judged}
        for _ in sorted(silent):
            one = next(got)
            code = one and one["who_code"]
            if code not in silent:
                fault(f"judgements: {code} has judged")
            self.hold("judgements", one, self.show["id"], "has not judged",
                      None, None, code)
        if self.show["opposed"]:
            self.hold("judgements", next(got), self.show["id"],
                      "The judgements differ on whether there is a failing, "
                      "and no meeting held after them has a note")
        if self.show["breach_open"]:
            cqc = next(each for each in newest if each["finding"] == "breach")
            self.hold("judgements", next(got), cqc["id"],
                      "has not recorded what it does about the breach that "
                      "it found", None, None, cqc["author_code"])
        self.hold_end("judgements", got)
        for key, found in (("impact", self.show["impacts"]),
                           ("objections", self.show["objections"])):
            got = self.statements.get(key, [])
            if ({each["record"] for each in got} !=
                    {each["id"] for each in found}):
                fault(f"{key}: not the same records")
            for each in got:
                self.hold_told(key, each, self.timeline[each["record"]])

    def check_ring(self):
        ring = self.show["ring"]
        got = self.of("ring")
        self.hold("ring", next(got), self.show["id"],
                  f"{ring['electors']} have a voice in who holds the ring, "
                  f"and {ring['votes_needed']} must agree")
        for each in (self.timeline[one] for one in self.order):
            if each["type"] == "summit-ring" and each["counts"]:
                self.hold_told("ring", next(got), each)
        for each in ring["holders"]:
            holds = "holds" if each == ring["holder"] else "held"
            self.hold("ring", next(got), each["record"],
                      f"{holds} the ring, term {each['term']}: "
                      f"{HELD[each['how']]}", None, None, each["code"])
        if ring["holder"] is None:
            self.hold("ring", next(got), self.show["id"],
                      "chairs, until somebody holds the ring", None, None,
                      ring["chair"]["code"])
        self.hold_end("ring", got)

    def check_meetings(self):
        got = self.of("meetings")
        for each in self.show["meetings"]:
            self.hold_told("meetings", next(got), self.timeline[each["id"]],
                           ". It was moved" if each["replaced_by"] else "")
            entries = {one["id"] for key in ("attendance", "notes", "words")
                       for one in each[key]}
            for one in self.order:
                if one in entries:
                    self.hold_told("meetings", next(got), self.timeline[one])
            note = next((one["id"] for one in each["notes"]
                         if one["newest"]), None)
            silent = {one["code"] for one in each["neither"]}
            for _ in sorted(silent) if note else []:
                one = next(got)
                code = one and one["who_code"]
                if code not in silent:
                    fault(f"meetings: {code} has spoken to the note")
                self.hold("meetings", one, note,
                          "neither agreed to the note nor dissented", None,
                          None, code)
        self.hold_end("meetings", got)

    def check_checks(self):
        got = self.of("checks")
        for each in self.show["checks"]:
            name = words(each["check"])
            if each["answer"]:
                self.hold_told("checks", next(got),
                               self.timeline[each["answer"]["id"]],
                               ". It is open" if each["open"] else "")
            elif each["due"]:
                self.hold("checks", next(got), self.show["id"],
                          f"has not answered on {name}: it is open", None,
                          None, self.show["ring"]["chair"]["code"])
            else:
                self.hold("checks", next(got), self.show["id"],
                          f"On {name} nothing is due: nobody has judged")
        self.hold_end("checks", got)

    def check_actions(self):
        left = {each["id"]: each for each in self.ask(
            "action", "list", "--summit", self.show["id"])}
        for aim in ("safeguard", "continuity", "improvement", "other"):
            for one in self.statements.get(aim, []):
                if one["under"]:
                    self.hold_told(aim, one, self.timeline[one["record"]])
                    continue
                each = left.pop(one["record"], None)
                if each is None or (each["aim"] or "other") != aim:
                    fault(f"{aim}: {one['record'][:12]} is no action of it")
                    continue
                by = f"{each['author']} ({each['author_code']})"
                own = each["author_code"] == each["owner_code"]
                self.hold(
                    aim, one, each["id"],
                    f"owns an action that {'it' if own else by} set: "
                    f"{STANDING[each['standing']]}" +
                    (f", due {london(each['due_at'])}" +
                     (" and overdue" if each["overdue"] else "")
                     if each["due_at"] else ""),
                    each["what"], each["created_at"], each["owner_code"])
                for step in each["steps"]:
                    if not any(other["record"] == step["id"] for other in
                               self.statements[aim]):
                        fault(f"{aim}: no step {step['id'][:12]}")
        for each in left:
            fault(f"actions: nothing is said of {each[:12]}")

    def check_end(self):
        got = self.of("end")
        for each in self.show["stand_downs"]:
            self.hold_told("end", next(got), self.timeline[each["id"]])
        self.hold("end", next(got), self.show["id"],
                  PHASE[self.show["phase"]] +
                  (": it was stood down before a judgement or an action was "
                   "known, and is open again" if self.show["reopened"]
                   else ""))
        self.hold_end("end", got)

    def check_evidence(self):
        for one in self.statements["evidence"]:
            each = self.record(one["record"])
            by = self.timeline[one["of"][0]]
            says = f", cited by {by['author']} ({by['author_code']})"
            readable = each is not None and "state" not in each
            if readable:
                says = f"made a record of the type {each['type']}" + says
            else:
                says = "A record that cannot be read here" + says
            self.hold("evidence", one, one["record"], says, None,
                      each["created_at"] if readable else None,
                      each["author_code"] if readable else None)

    #
    # Receipts.
    #

    def covers(self, receipt, record):
        """Does what this receipt signs for include the record?"""
        found = self.record(receipt)
        log = self.record(record)["log"]
        return found["type"] == "receipt" and any(
            each["stream"] == log["stream"] and
            each["first"] <= log["number"] <= each["last"]
            for each in found["receipt_for"]["streams"])

    def check_known(self):
        """Every record with each of its readers."""
        about, left = None, set()
        for one in self.statements["known"]:
            says = "".join(next(iter(part.values())) for part in one["says"])
            each = self.record(one["record"])
            if each is None:
                fault(f"known: {one['record'][:12]} is not held: {says}")
                continue
            if not one["under"] or says == "granted it on":
                self.end_known(about, left)
                about = one["record"]
                left = self.readers_of(about)
                if one["under"]:
                    if each["type"] != "grant":
                        fault(f"known: {about[:12]} is no grant")
                elif about in self.timeline:
                    self.hold("known", one, about,
                              self.tell(self.timeline[about]), None,
                              each["created_at"], each["author_code"])
                else:
                    self.hold("known", one, about, "made the evidence", None,
                              each["created_at"], each["author_code"])
                continue
            left.discard(one["who"])
            self.check_knowing(one, says, each, about)
        self.end_known(about, left)
        told = {one["record"] for one in self.statements["known"]
                if not one["under"]}
        self.end_known("it", {each[:12] for each in self.timeline} -
                       {each[:12] for each in told})

    def readers_of(self, record):
        each = self.record(record)
        if "granted_by" in each:
            return set()
        return {one["name"] or one["fingerprint"]
                for one in each["audience"] or []
                if one["code"] is None or one["code"] != each["author_code"]}

    def end_known(self, about, left):
        for each in left:
            fault(f"known: nothing is said of {each} and {about[:12]}")

    def check_knowing(self, one, says, each, about):
        what = ("what was granted"
                if self.record(about)["type"] == "grant" else "it")
        if says.startswith("signed for "):
            unread = " as not readable there"
            if not (each["type"] == "receipt" and one["of"] == [about] and
                    self.covers(one["record"], about)):
                fault(f"known: {one['record'][:12]} does not sign for "
                      f"{about[:12]}")
            self.hold("known", one, one["record"], f"signed for {what}" +
                      (unread if says.endswith(unread) else ""), None,
                      each["created_at"], each["author_code"])
        elif says.startswith("received "):
            mine = self.report["made_by_code"]
            self.hold("known", one, about, f"received {what}", None,
                      each["received_at"], mine)
        else:
            self.hold("known", one, about, f"no receipt for {what} is held",
                      None, None, one["who_code"])
            life = self.ask("audit", "record", about)
            if any(event["event"] == "signed-for" and
                   event["organisation"] == one["who"] and
                   self.record(event["record"])["received_at"] <
                   self.report["made_at"] for event in life["events"]):
                fault(f"known: {one['who']} has signed for {about[:12]}")

    def check_clocks(self):
        for one in self.statements["clocks"]:
            each = self.timeline.get(one["record"])
            says = "".join(next(iter(part.values())) for part in one["says"])
            if each is None:
                fault(f"clocks: {one['record'][:12]} is no record of it")
            elif each["type"] == "summit-missed":
                self.hold_told("clocks", one, each)
            elif not re.fullmatch(
                    r"The time for the [a-z -]+: due [^;]+ \((NQB 5|charter|"
                    r"ours|action)\), (it runs|(met|missed, and done|not "
                    r"asked for any more) at .+|missed)", says):
                fault(f"clocks: {says}")

    def check_records(self):
        """Of a record that cannot be read nothing is said."""
        for one in self.report["records"]:
            each = self.record(one["record"])
            readable = each is not None and "state" not in each
            if one["readable"] != readable:
                fault(f"records: {one['record'][:12]} can be read: {readable}")
            if not readable and set(one) != {"record", "readable"}:
                fault(f"records: too much of {one['record'][:12]}")
            if readable and [each[key] for key in (
                    "type", "author", "author_code", "created_at")] != [
                        one[key] for key in ("type", "author", "author_code",
                                             "created_at")]:
                fault(f"records: {one['record'][:12]} is another")

    def check_page(self, text):
        """The page says what the report says, and nothing else."""
        page = Page()
        page.feed(text)
        listed = page.sections.pop("records", None)
        if listed is None or page.listed != [
                "r-" + each["record"] for each in self.report["records"]]:
            fault("page: the records are others")
        if list(page.sections) != list(self.statements):
            fault("page: the sections are others")
        for key, rows in page.sections.items():
            wanted = self.statements.get(key, [])
            if len(rows) != len(wanted):
                fault(f"page: {key} has {len(rows)} statements")
            for row, each in zip(rows, wanted):
                says = "".join(shown(next(iter(part.values())))
                               for part in each["says"])
                who = shown(each["who"]) + (
                    f" ({each['who_code']})" if each["who_code"] else "")
                if row != {"record": each["record"], "at": london(each["at"]),
                           "who": who, "says": says,
                           "text": shown(each["text"]),
                           "links": [each["record"]] + each["of"],
                           "under": each["under"]}:
                    fault(f"page: {key}: {row} of {each}")


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def main():
    qsg, home, page, report, show, timeline, kept = sys.argv[1:]
    asked = load(kept) if os.path.exists(kept) else {}
    checking = Checking(qsg, home, asked, load(report), load(show),
                        load(timeline))
    with open(page, encoding="utf-8") as file:
        checking.check_page(file.read())
    for check in ("order", "parties", "judgements", "ring", "meetings",
                  "checks", "actions", "end", "evidence", "known", "clocks",
                  "records"):
        getattr(checking, "check_" + check)()
    count = sum(len(each) for each in checking.statements.values())
    print(f"{count} statements, {len(faults)} do not hold")
    with open(kept, "w", encoding="utf-8") as file:
        json.dump(asked, file)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
