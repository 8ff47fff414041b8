-- The loads of scripts/bench. wrk -t1 -s load.lua URL -- KIND ...
--   null                     a GET that asks nothing
--   list PEOPLE              people 1 to PEOPLE look at their violations, at random
--   detail PEOPLE            people 1 to PEOPLE look at the violation of their number, at random
--   orders FIRST COUNT [WAY]  each of these people opens one order, to be paid in this way
--   picture TOKEN            the owner of an order looks at its code
--   begin FIRST COUNT FROM TO MORE  each of these people begins an application for a truck
--   lines FILE once          each request of the file: method, path, token, key, body, by tabs
--   lines FILE again         again and again
--   callbacks FILE once      each signed callback of the file, one after the other
--   callbacks FILE again     its first one, again and again
--   storm FILE RATE          the same, so many a second whether they are answered or not, as far as
--                            the connections suffice
-- Ends early when everything was sent once.
local kinds, next_request = {}, nil
local ffi = require("ffi")
ffi.cdef("typedef struct { long s, ns; } moment; int clock_gettime(int clock, moment *at);")
ffi.cdef("int kill(int pid, int signal); int getpid(void);")

local function now_ms()
    local at = ffi.new("moment")
    ffi.C.clock_gettime(1, at)
    return tonumber(at.s) * 1e3 + tonumber(at.ns) / 1e6
end

function kinds.null()
    local text = wrk.format("GET")
    return function() return text end
end

function kinds.list(people)
    math.randomseed(1)
    return function()
        local token = string.format("bench-token-%014d", math.random(tonumber(people)))
        return wrk.format("GET", nil, {Authorization = "Bearer " .. token})
    end
end

function kinds.detail(people)
    math.randomseed(1)
    return function()
        local number = string.format("%014d", math.random(tonumber(people)))
        return wrk.format("GET", wrk.path .. "/01BENCHCASE0" .. number,
            {Authorization = "Bearer bench-token-" .. number})
    end
end

function kinds.orders(first, count, channel)
    local at, last = tonumber(first), tonumber(first) + tonumber(count) - 1
    return function()
        if at == last then wrk.thread:stop() end
        local number = string.format("%014d", at)
        at = math.min(at + 1, last)
        return wrk.format("POST", nil,
            {Authorization = "Bearer bench-token-" .. number,
             ["Idempotency-Key"] = "bench-" .. number,
             ["Content-Type"] = "application/json"},
            '{"obligation_ids":["01BENCHDEBT0' .. number .. '"],"channel":"' ..
                (channel or "wechat") .. '"}')
    end
end

function kinds.picture(token)
    local text = wrk.format("GET", nil, {Authorization = "Bearer " .. token})
    return function() return text end
end

local function plate_of(number)
    local letters, serial = "BCDEFGHJKLMNPQRSTUVW", math.floor(number / 100000) % 20 + 1
    return "粤" .. letters:sub(serial, serial) .. string.format("%05d", number % 100000)
end

-- Sends `count` requests, each once, and ends when all are answered: wrk itself sleeps on until it is
-- interrupted. A connection that has nothing left to send asks for what is not there, once a second.
local function finite(count, text_of)
    local sent, nothing = -1, wrk.format("GET", "/bench-nothing") -- the first is never sent
    finite_answered, finite_refused, finite_began, finite_ended = 0, 0, nil, nil
    function response(status)
        if status == 404 then return end
        finite_answered = finite_answered + 1
        if status > 399 then finite_refused = finite_refused + 1 end
        if finite_answered == count then
            finite_ended = now_ms()
            ffi.C.kill(ffi.C.getpid(), 2)
        end
    end
    function delay() return sent >= count and 1000 or 0 end
    return function()
        sent = sent + 1
        if sent == 1 then finite_began = now_ms() end
        return sent >= 1 and sent <= count and text_of(sent) or nothing
    end
end

function kinds.begin(first, count, from, to, more)
    return finite(tonumber(count), function(at)
        at = tonumber(first) + at - 1
        local number = string.format("%014d", at)
        local form = string.format(
            '{"plate_type":"01","plate":"%s","from":"%s","to":"%s","contact":"13800138000",%s}',
            plate_of(at), from, to, more)
        return wrk.format("POST", nil,
            {Authorization = "Bearer bench-token-" .. number,
             ["Idempotency-Key"] = "begin-" .. number, ["Content-Type"] = "application/json"}, form)
    end)
end

function kinds.lines(file, how)
    local texts, at = {}, 0
    for line in io.lines(file) do
        local method, path, token, key, body = line:match("^(.-)\t(.-)\t(.-)\t(.-)\t(.*)$")
        local headers = {["Content-Type"] = "application/json"}
        if token ~= "" then headers.Authorization = "Bearer " .. token end
        if key ~= "" then headers["Idempotency-Key"] = key end
        texts[#texts + 1] = wrk.format(method, path, headers, body ~= "" and body or nil)
    end
    if how == "once" then return finite(#texts, function(number) return texts[number] end) end
    return function()
        at = at % #texts + 1
        return texts[at]
    end
end

local function read_callbacks(file, serial, most)
    local texts = {}
    for line in io.lines(file) do
        local timestamp, nonce, signature, body = line:match("^(.-)\t(.-)\t(.-)\t(.*)$")
        texts[#texts + 1] = wrk.format("POST", nil,
            {["Content-Type"] = "application/json", ["Wechatpay-Timestamp"] = timestamp,
             ["Wechatpay-Nonce"] = nonce, ["Wechatpay-Signature"] = signature,
             ["Wechatpay-Serial"] = serial,
             ["Wechatpay-Signature-Type"] = "WECHATPAY2-SHA256-RSA2048"}, body)
        if #texts == most then break end
    end
    return texts
end

function kinds.callbacks(file, serial, how)
    local texts, at = read_callbacks(file, serial, how == "again" and 1 or nil), 1
    return function()
        if how == "once" and at == #texts then wrk.thread:stop() end
        local text = texts[at]
        at = math.min(at + 1, #texts)
        return text
    end
end

function kinds.storm(file, serial, rate)
    local text, sent, began = read_callbacks(file, serial, 1)[1], 0, nil
    function delay()
        began = began or now_ms()
        sent = sent + 1
        return math.max(math.floor(began + sent * 1e3 / rate - now_ms()), 0)
    end
    return function() return text end
end

local only

function setup(thread)
    only = thread
end

function init(args)
    next_request = kinds[args[1]](select(2, unpack(args)))
end

function request()
    return next_request()
end

function done(summary, latency)
    local errors = summary.errors
    if only:get("finite_ended") then
        summary.requests = only:get("finite_answered")
        summary.duration = (only:get("finite_ended") - only:get("finite_began")) * 1e3
        errors.status = only:get("finite_refused")
    end
    io.write(string.format(
        'BENCH {"requests":%d,"seconds":%.6f,"p50_ms":%.3f,"p99_ms":%.3f,"refused":%d,' ..
        '"broken":%d}\n',
        summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3,
        latency:percentile(99) / 1e3, errors.status,
        errors.connect + errors.read + errors.write + errors.timeout))
end
