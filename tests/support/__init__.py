# SPDX-License-Identifier: Apache-2.0
"""What integration tests and the demo are built from: the gateway as a process, its command line, keys, waiting."""
