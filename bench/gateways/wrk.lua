-- Sends the requests of a file in turn: each line is a path, then names and values of headers, with tabs between.
local requests, at = {}, 0

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
