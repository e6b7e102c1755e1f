-- Asks wrk to send the requests of a file in turn, beginning somewhere by chance, and to say what came back.
-- Each line of the file: method, tab, path, tab, body.
local requests = {}
local turn = 0

function init(args)
  for line in io.lines(args[1]) do
    local method, path, body = line:match("^([^\t]*)\t([^\t]*)\t(.*)$")
    local headers = { ["Host"] = "127.0.0.1" }
    if body ~= "" then
      headers["Content-Type"] = "application/json"
    else
      body = nil
    end
    requests[#requests + 1] = wrk.format(method, path, headers, body)
  end
  math.randomseed(os.time())
  turn = math.random(#requests)
end

function request()
  turn = turn % #requests + 1
  return requests[turn]
end

function done(summary, latency, _)
  local wrong = summary.errors
  io.write(string.format(
    '\n@{"requests": %d, "seconds": %.6f, "p50": %.1f, "p99": %.1f, "wrong": %d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50), latency:percentile(99),
    wrong.connect + wrong.read + wrong.write + wrong.status + wrong.timeout))
end
