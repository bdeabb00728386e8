-- Sends the requests of a file: each line is a path, then names and values of headers, with tabs between. Of several
-- threads each is one caller and sends its own line alone; a single one sends all in turn, on any connection.
local requests, threads, at = {}, 0, 0

function setup(thread)
  threads = threads + 1
  thread:set("number", threads)
end

function init(arguments)
  for line in io.lines(arguments[1]) do
    local parts, headers = {}, {}
    for part in line:gmatch("[^\t]+") do
      parts[#parts + 1] = part
    end
    for i = 2, #parts, 2 do
      headers[parts[i]] = parts[i + 1]
    end
    requests[#requests + 1] = wrk.format("GET", parts[1], headers)
  end
  if arguments[2] == "own" then
    requests = { requests[(number - 1) % #requests + 1] }
  end
end

function request()
  at = at % #requests + 1
  return requests[at]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\n{"answers": %d, "refused": %d, "broken": %d, "seconds": %.6f, "p50_millis": %.3f, "p99_millis": %.3f}\n',
    summary.requests, errors.status, errors.connect + errors.read + errors.write + errors.timeout,
    summary.duration / 1e6, latency:percentile(50) / 1000, latency:percentile(99) / 1000
  ))
end
