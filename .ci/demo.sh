#!/usr/bin/env bash
# The main job, on a copy of examples/voorbeeld-zorg: the policies of a hospital group
# become everybody's bundles; one line changes; the plan says what that does.
set -euo pipefail
cd "$(dirname "$0")/.."

export PATH="$PWD/bin:$PATH"
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null GIT_PAGER=cat
export GIT_AUTHOR_NAME='callpolicy demo' GIT_AUTHOR_EMAIL=demo@voorbeeld.example
export GIT_COMMITTER_NAME=$GIT_AUTHOR_NAME GIT_COMMITTER_EMAIL=$GIT_AUTHOR_EMAIL

bold='' plain=''
if [[ -t 1 && -z ${NO_COLOR:-} ]]; then
	bold=$'\e[1m' plain=$'\e[0m'
fi

# say TEXT tells what comes next; run COMMAND shows a command line and runs it.
say() { printf '\n%s%s%s\n' "$bold" "$1" "$plain"; }
run() {
	printf '\n%s$ %s%s\n' "$bold" "$1" "$plain"
	eval "$1"
}

rm -rf build/demo
mkdir -p build/demo
cp -R examples/voorbeeld-zorg/. build/demo
cd build/demo

say 'The policies of Voorbeeld Zorg, about two thousand people, in a repository of their own.'
run 'git init --quiet --initial-branch main'
run 'git add . && git commit --quiet --message "Calling policies of Voorbeeld Zorg"'

say 'Are they right? What does everybody get?'
run 'callpolicy validate'
run 'callpolicy compile --dir build/preview'
run 'callpolicy plan --summary'
run 'callpolicy apply --yes'

say 'Why does somebody have what they have?'
run 'callpolicy explain u0065@voorbeeld.example inCall.videoOnMobile'

say 'One line changes: no more video on mobile phones.'
run "sed -i.before 's/videoOnMobile: true/videoOnMobile: false/' policies/org.yaml && rm policies/org.yaml.before"
run 'git diff --unified=0 policies/org.yaml'
run 'callpolicy plan'

say 'The change reaches more people than callpolicy.yaml allows in one go, so somebody has to mean it.'
run 'git commit --quiet --all --message "No video on mobile phones"'
run 'callpolicy apply --yes' || true
run 'callpolicy apply --yes --allow-changed-users'

say 'After that there is nothing left to do.'
run 'callpolicy apply --yes'
