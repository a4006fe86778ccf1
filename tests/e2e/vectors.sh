#!/usr/bin/env bash
# The second implementation and the program read what the other made.
set -eu
QSG_UNIT=${QSG%/*}/unit exec "$QSG_TOP/tests/vectors/run"
