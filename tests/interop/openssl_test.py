#!/usr/bin/env python3
"""tacit and OpenSSL's commands, in both roles. Words select cases by their names."""

import cases
import legacy
import peers

cases.main(peers.OpenSSL(), cases.connect_files, *legacy.ALL)
