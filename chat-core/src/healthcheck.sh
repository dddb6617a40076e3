# The container's health check, `sh chat-core/src/healthcheck.sh`: exit code 0 when messages can be sent and read, else 1.
# A core that takes connections and answers none for 45 s (stopped, or its event loop stalled) is killed, so that the
# container ends and is started again; one that refuses, answers an error or still starts is let be. By shell and wget:
# a Node of its own each minute would cost a small box more.
url=http://127.0.0.1:${PORT:-8080}/health

# Whether there was no answer at all within 15 s; `code` is what wget ended with otherwise.
is_silent() {
  timeout 15 wget -q -O /dev/null "$url/$1" 2>/dev/null
  code=$?
  [ $code = 124 ] || [ $code = 143 ]
}

is_silent ready || { [ $code = 0 ]; exit; }
if is_silent live && is_silent live; then
  echo 'The core answered nothing for 45 s: it is ended.'
  for process in /proc/[0-9]*; do
    # In a container alone is the core a child of PID 1.
    grep -qs '^PPid:[^0-9]*1$' "$process/status" || continue
    case "$(tr '\0' ' ' 2>/dev/null <"$process/cmdline")" in
      node\ *chat-core/src/main.ts\ ) kill -KILL "${process#/proc/}" ;;
    esac
  done
fi
exit 1
