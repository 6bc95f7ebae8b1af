# shellcheck shell=bash disable=SC2154,SC2034
# Sourced by scripts/bench: starts the simulator, nginx and the daemon, each pinned to its core. Sets *_port and
# *_pids, adds to `children`; takes the bench's options, `dir`, `profile` and `pinned` from it.

start_simulator() {
  (pinned "$load_core" "$simulator" --port-file "$dir/simulator.json" >"$dir/simulator.log" 2>&1) &
  children+=($!)
  wait_for_file "$dir/simulator.json" "the simulator"
  simulator_port=$(sed 's/.*"port":\([0-9]*\).*/\1/' "$dir/simulator.json")
}

start_nginx() {
  nginx_port=$(free_port)
  cat >"$dir/nginx.conf" <<CONF
worker_processes 1;
daemon off;
error_log $dir/nginx-error.log;
pid $dir/nginx.pid;
worker_rlimit_nofile $((held * 2 + 1000));
events { worker_connections $((held * 2 + 1000)); }
http {
  access_log $dir/nginx-access.log;
  client_body_temp_path $dir/t1; proxy_temp_path $dir/t2; fastcgi_temp_path $dir/t3;
  uwsgi_temp_path $dir/t4; scgi_temp_path $dir/t5;
  client_body_buffer_size 64k;
  keepalive_requests 100000000;
  upstream simulator { server 127.0.0.1:$simulator_port; keepalive 512; keepalive_requests 100000000; }
  server {
    listen 127.0.0.1:$nginx_port backlog=4096;
    location / {
      proxy_pass http://simulator;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
      proxy_read_timeout 300s;
    }
  }
}
CONF
  (pinned "$proxy_core" nginx -p "$dir" -c "$dir/nginx.conf" >"$dir/nginx.log" 2>&1) &
  children+=($!)
  wait_for_file "$dir/nginx.pid" "nginx"
  wait_for_port "$nginx_port" "nginx"
  nginx_pids=$(pgrep -P "$(cat "$dir/nginx.pid")" | tr '\n' ' ')
}

# One endpoint per row, because the simulator's profile stands in the path.
daemon_config() {
  echo '[server]'
  echo 'workers = 1'
  echo '[routing]'
  echo 'keyless = false'
  local row
  for row in "${!profile[@]}"; do
    cat <<CONF
[[custom]]
name = "bench-$row"
base_url = "http://127.0.0.1:$simulator_port/bench/${profile[$row]}/v1"
models = ["$row"]
CONF
  done
}

start_daemon() {
  mkdir -p "$dir/data"
  daemon_config >"$dir/freellmapi.toml"
  daemon_port=$(free_port)
  (
    export FREELLMAPI_API_KEY=$key
    pinned "$proxy_core" "$daemon" serve --config "$dir/freellmapi.toml" --data-dir "$dir/data" \
      --port "$daemon_port" >"$dir/daemon.log" 2>"$dir/daemon-access.log"
  ) &
  daemon_pids=$!
  children+=("$daemon_pids")
  wait_for_port "$daemon_port" "the daemon"
}
