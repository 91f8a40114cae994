#!/usr/bin/env bash
# The rules of Prometheus: that they are rules, and that each alert is told when it should be, and only then.
set -euo pipefail
cd "$(dirname "$0")/../deploy/prometheus"
promtool check rules rules.yml
promtool check config --syntax-only prometheus.yml
promtool test rules rules.test.yml
