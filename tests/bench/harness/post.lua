-- The load: a webhook of 2,048 bytes. What varies comes from the environment.
wrk.method = "POST"
wrk.path = os.getenv("BENCH_PATH")
wrk.headers["Host"] = os.getenv("BENCH_HOST")
wrk.headers["Content-Type"] = "application/json"
wrk.headers["User-Agent"] = "hookreel-bench"
if os.getenv("BENCH_CLOSE") == "1" then
  wrk.headers["Connection"] = "close"
end

local head = '{"type":"invoice.paid","id":"evt_0001","data":{"note":"'
local tail = '"}}'
wrk.body = head .. string.rep("0123456789abcdef", 128):sub(1, 2048 - #head - #tail) .. tail

-- At random around the mean, so that requests do not march in step.
local rest = tonumber(os.getenv("BENCH_REST") or "0")
if rest > 0 then
  function delay()
    return math.random() * 2 * rest
  end
end

function done(summary, latency)
  local e = summary.errors
  io.write(string.format(
    'bench {"requests":%d,"seconds":%.6f,"p50_us":%d,"p99_us":%d,'
      .. '"connect":%d,"read":%d,"write":%d,"status":%d,"timeout":%d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50), latency:percentile(99),
    e.connect, e.read, e.write, e.status, e.timeout))
end
