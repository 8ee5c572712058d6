#!/usr/bin/env bash
# A real Flink cluster on this machine: JobManager, two TaskManagers, Beam's job server and the pool of Python workers.
#
#   scripts/services/flink_cluster.sh up [--single] [--folder DIR] [--rest N] [--rpc N] [--job N] [--artifacts N] [--pool N]
#   scripts/services/flink_cluster.sh down|status [--folder DIR]
#
# --single: one process instead, the job server with Flink in it; Python works in the process that submits (LOOPBACK).
# DIR (.flink) holds configuration, logs, checkpoints and the id of each process started: NAME.pid. `make tools` first.
# Flink and the pool answer on 127.0.0.1 only. Beam's Java servers cannot be told to: guard their ports.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
jars=${FLINK_JARS:-$root/.tools/flink} python=${PYTHON_BIN:-$root/.venv/bin/python} java=${JAVA_HOME:+$JAVA_HOME/bin/}java
folder=$root/.flink single= rest=8081 rpc=6123 job=8099 artifacts=8098 pool=50000
names=(jobmanager taskmanager1 taskmanager2 jobserver pool)
opens=(--add-opens=java.base/java.{util,lang,time,net,util.concurrent,util.concurrent.atomic}=ALL-UNNAMED)

stop() {
  echo "$1" >&2
  exit "${2:-1}"
}

alive() { # NAME: is the process we started still there, and not another with its number?
  local pid start
  read -r pid start 2>/dev/null <"$folder/$1.pid" || return 1
  [ "$(started "$pid")" = "$start" ]
}

started() { # PID: when it started, in clock ticks since the machine did
  sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20
}

start() { # NAME COMMAND…
  local name=$1
  shift
  setsid "$@" >"$folder/$name.log" 2>&1 </dev/null &
  echo "$! $(started $!)" >"$folder/$name.pid"
}

start_java() { # NAME MAIN-CLASS HEAP-MB ARGUMENT…
  local name=$1 main=$2 heap=$3
  shift 3
  mkdir -p "$folder/tmp"
  start "$name" "$java" "-Xmx${heap}m" "-Djava.io.tmpdir=$folder/tmp" "${opens[@]}" -Dorg.slf4j.simpleLogger.showDateTime=true \
    -cp "$jars/*" "$main" "$@"
}

start_taskmanager() { # NAME: started without Flink's scripts it must be told every part of its memory
  start_java "$1" org.apache.flink.runtime.taskexecutor.TaskManagerRunner 512 --configDir "$folder/conf" \
    -D taskmanager.cpu.cores=2 -D taskmanager.memory.framework.heap.size=128m -D taskmanager.memory.task.heap.size=384m \
    -D taskmanager.memory.framework.off-heap.size=128m -D taskmanager.memory.task.off-heap.size=64m \
    -D taskmanager.memory.managed.size=128m \
    -D taskmanager.memory.jvm-metaspace.size=256m -D taskmanager.memory.jvm-overhead.min=128m \
    -D taskmanager.memory.jvm-overhead.max=128m -D "taskmanager.resource-id=$1"
}

wait_for() { # WHAT SECONDS COMMAND…
  local what=$1 until=$((SECONDS + $2)) name
  shift 2
  until "$@" >/dev/null 2>&1; do
    for name in "${names[@]}"; do
      [ ! -e "$folder/$name.pid" ] || alive "$name" || { down; stop "$name ended; see $folder/$name.log"; }
    done
    [ $SECONDS -lt $until ] || { down; stop "$what did not come up in time; see the logs in $folder."; }
    sleep 0.5
  done
}

listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1"); }

taskmanagers() { curl -sf -m 5 "http://127.0.0.1:$rest/overview" | grep -q "\"taskmanagers\":$1,"; }

up() {
  [ -n "$(ls "$jars"/beam-runners-flink-*.jar 2>/dev/null)" ] || stop "There are no jars in $jars. Run: make tools"
  command -v "$java" >/dev/null || stop "There is no Java. Install 17 or newer, such as the package openjdk-17-jre-headless."
  for name in "${names[@]}"; do ! alive "$name" || stop "$name runs already; see: $0 status --folder $folder"; done
  mkdir -p "$folder/conf" "$folder/checkpoints" "$folder/artifacts"
  chmod 700 "$folder"
  sed -e "s|^state.checkpoints.dir:.*|state.checkpoints.dir: file://$folder/checkpoints|" \
    "$root/configs/deploy/flink/config.yaml" >"$folder/conf/config.yaml"
  local server=(--job-host 127.0.0.1 --job-port "$job" --artifact-port "$artifacts" --expansion-port -1
    --artifacts-dir "$folder/artifacts" --flink-conf-dir "$folder/conf")
  if [ -n "$single" ]; then
    echo "rest.port: 0" >>"$folder/conf/config.yaml"
    start_java jobserver org.apache.beam.runners.flink.FlinkJobServerDriver 1024 "${server[@]}"
  else
    printf 'rest.port: %s\njobmanager.rpc.port: %s\n' "$rest" "$rpc" >>"$folder/conf/config.yaml"
    start_java jobmanager org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint 512 \
      --configDir "$folder/conf"
    start_taskmanager taskmanager1
    start_taskmanager taskmanager2
    start pool env PATH="$(dirname "$python"):$PATH" PYTHONPATH="$root" "$python" -m pipeline.engines.worker_pool --port "$pool"
    wait_for "The JobManager with two TaskManagers" 120 taskmanagers 2
    wait_for "The pool of workers" 60 listens "$pool"
    start_java jobserver org.apache.beam.runners.flink.FlinkJobServerDriver 512 "${server[@]}" \
      --flink-master "127.0.0.1:$rest"
  fi
  wait_for "The job server" 60 listens "$job"
  status
}

down() {
  local name pid
  for name in "${names[@]}"; do
    alive "$name" && read -r pid _ <"$folder/$name.pid" && kill "$pid" 2>/dev/null || true
  done
  for name in "${names[@]}"; do
    for _ in $(seq 50); do alive "$name" && sleep 0.1 || break; done
    alive "$name" && read -r pid _ <"$folder/$name.pid" && kill -9 "$pid" 2>/dev/null || true
    rm -f "$folder/$name.pid"
  done
}

status() {
  local name pid code=0
  for name in "${names[@]}"; do
    [ -e "$folder/$name.pid" ] || continue
    read -r pid _ <"$folder/$name.pid"
    if alive "$name"; then echo "$name runs as $pid"; else echo "$name has ended" && code=1; fi
  done
  ls "$folder"/*.pid >/dev/null 2>&1 || stop "Nothing runs." 3
  return $code
}

what=${1:-}
shift || true
while [ $# -gt 0 ]; do
  case $1 in
    --single) single=yes && shift ;;
    --folder | --rest | --rpc | --job | --artifacts | --pool)
      [ $# -gt 1 ] || stop "$1 needs a value." 2
      declare "${1#--}=$2" && shift 2
      ;;
    *) stop "Unknown: $1. See the head of $0." 2 ;;
  esac
done
case $what in
  up | down | status)
    mkdir -p "$folder" && folder=$(cd "$folder" && pwd)
    "$what"
    ;;
  *) stop "Say up, down or status. See the head of $0." 2 ;;
esac
