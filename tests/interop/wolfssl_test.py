#!/usr/bin/env python3
"""tacit and wolfSSL, in both roles. Words select cases by their names."""

import cases
import legacy
import stacks

cases.main(stacks.WolfSSL(), cases.connect_files, cases.ends, cases.rekeys, *legacy.ALL)
