-- For wrk: top-10 lists of items that the model has a row for, one after the other, so that no cache can help.
-- Environment: MODEL, IDS (a file with one id a line).
local ids, at = {}, 0
for line in io.lines(os.getenv("IDS")) do ids[#ids + 1] = line end

function init(args)
  math.randomseed(os.time())
  at = math.random(#ids)
end

function request()
  at = at % #ids + 1
  return wrk.format("GET", "/v1/similar?limit=10&id=" .. ids[at] .. "&model=" .. os.getenv("MODEL"))
end

function done(summary, latency, requests)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  print(string.format("RESULT %d %.6f %.3f %.3f %d", summary.requests, summary.duration / 1e6,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, failed))
end
