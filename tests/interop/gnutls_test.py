#!/usr/bin/env python3
"""tacit and GnuTLS's commands, in both roles. Words select cases by their names."""

import cases
import legacy
import peers

cases.main(peers.GnuTLS(), cases.connect_echo, cases.serve_rekey, *legacy.ALL)
