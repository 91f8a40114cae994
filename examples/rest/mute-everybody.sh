#!/usr/bin/env bash
# Mutes everybody in a room, by curl:  REST_URL=http://127.0.0.1:7302 ACCOUNT=… TOKEN=… ./mute-everybody.sh 'Room 1234'
set -euo pipefail
room=$1
account=$REST_URL/2010-04-01/Accounts/$ACCOUNT
ask() { curl --silent --show-error --fail-with-body --user "$ACCOUNT:$TOKEN" "$@"; }
field() { grep -o "\"$1\":\"[^\"]*\"" | cut -d'"' -f4; }

conference=$(ask --get "$account/Conferences.json" --data Status=in-progress --data-urlencode "FriendlyName=$room" | field sid)
for call in $(ask "$account/Conferences/$conference/Participants.json?Muted=false" | field call_sid); do
  ask "$account/Conferences/$conference/Participants/$call.json" --data Muted=true >/dev/null
  echo "muted $call"
done
