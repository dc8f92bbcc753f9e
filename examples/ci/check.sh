#!/bin/sh
# For any CI system: checks the policies, and says what the change does. The first
# argument is what to compare with. What is written goes into the folder reports.
# CALLPOLICY_ROSTER names the CSV files of people who are kept outside the repository.
set -eu

base=${1:-origin/main}
mkdir -p reports
callpolicy validate --out junit=reports/policies.xml --out json=reports/policies.json
callpolicy plan --base "$base" --out markdown=reports/plan.md --out json=reports/plan.json
