# Sourced: one process in the background, with its id and its log in a folder.

# need_jars FOLDER ARTIFACT
need_jars() {
  compgen -G "$1/$2-*.jar" >/dev/null && return
  echo "There are no jars in $1. Run \`make tools\`; it needs Java and Maven." >&2
  exit 1
}

# running FOLDER: whether the process of that folder lives. Its id alone is not enough: ids come back.
running() {
  [ -s "$1/pid" ] && read -r pid begun <"$1/pid" && [ "$(begun "$pid")" = "$begun" ]
}

begun() { cut -d' ' -f22 "/proc/$1/stat" 2>/dev/null || ps -o lstart= -p "$1" 2>/dev/null | tr -d ' '; }

# start FOLDER PORT COMMAND…: returns when it answers at the port
start() {
  local folder=$1 port=$2
  shift 2
  if running "$folder"; then echo "It runs already (process $pid)."; return; fi
  mkdir -p "$folder"
  nohup "$@" >"$folder/log" 2>&1 </dev/null &
  echo "$! $(begun $!)" >"$folder/pid"
  for _ in $(seq 240); do
    if ! running "$folder"; then break; fi
    if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then echo "It answers at 127.0.0.1:$port."; return; fi
    sleep 0.5
  done
  echo "It did not start. Its log is $folder/log; the last lines:" >&2
  tail -n 5 "$folder/log" >&2
  stop "$folder" >/dev/null
  exit 1
}

# stop FOLDER
stop() {
  if ! running "$1"; then echo "It does not run."; return; fi
  kill "$pid"
  for _ in $(seq 60); do
    if ! running "$1"; then break; fi
    sleep 0.5
  done
  if running "$1"; then kill -9 "$pid"; fi
  rm -f "$1/pid"
  echo "It was stopped."
}

# status FOLDER
status() {
  if running "$1"; then echo "It runs (process $pid)."; else echo "It does not run."; return 1; fi
}
