# SPDX-License-Identifier: Apache-2.0
"""The demo: a gateway, an Exchange, an APNs and three phones in one terminal."""
