#!/usr/bin/env python3
"""tacit and Java's JSSE, in both roles. Words select cases by their names."""

import cases
import legacy
import stacks

cases.main(stacks.Java(), cases.connect_files, cases.connect_echo, cases.ends, cases.rekeys,
           *legacy.ALL)
