// The display of a hall: asks what changed, and shows it. The screen on the wall asks every two seconds;
// phones, of which there may be tens of thousands, every ten to fifteen, and when they are looked at again.
"use strict";

const WALL_MS = 2000, PHONE_MS = 10000, PATIENCE_MS = 10000;
const phone = matchMedia("(pointer: coarse), (max-width: 800px)");
const code = location.pathname.split("/")[2];
const at = (id) => document.getElementById(id);
let etag = null;
let shown = null; // the calls of the last answer, to see which are new
let next = null;

function cell(tag, text, name) {
  const made = document.createElement(tag);
  made.textContent = text;
  if (name) made.className = name;
  return made;
}

// Called again, it is new again.
function nameOf(call) {
  return `${call.number}/${call.recalls}`;
}

function callItem(call) {
  const item = document.createElement("li");
  item.append(cell("span", call.number, "number"),
    cell("span", `${call.counter}号窗口`, "counter"),
    cell("span", call.state === "called" ? "请办理" : "办理中", "state"));
  item.classList.add(call.state);
  if (shown && !shown.has(nameOf(call))) item.classList.add("new");
  return item;
}

function waitText(line) {
  if (line.wait_to_minutes === null) return "暂无窗口开放";
  return `${line.wait_from_minutes}～${line.wait_to_minutes}分钟`;
}

function lineRow(line) {
  const row = document.createElement("tr");
  row.append(cell("th", `${line.letter} ${line.name}`), cell("td", `${line.waiting}人`),
    cell("td", waitText(line)));
  row.firstChild.scope = "row";
  return row;
}

function show(hall) {
  document.title = `${hall.name} 排队叫号`;
  at("name").textContent = hall.name;
  at("calls").replaceChildren(...hall.calls.map(callItem));
  at("no-calls").hidden = hall.calls.length > 0;
  at("lines").replaceChildren(...hall.lines.map(lineRow));
  shown = new Set(hall.calls.map(nameOf));
  if (hall.shut_reason) say(`暂停取号：${hall.shut_reason}`);
  else say(hall.is_open ? "" : "目前不在办公时间");
}

function say(text) {
  at("status").textContent = text;
}

async function look() {
  const answer = await fetch(`/api/booking/halls/${code}/display`, {
    cache: "no-store", headers: etag ? { "If-None-Match": etag } : {},
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  if (answer.status === 304) return;
  if (answer.status === 404) {
    say("没有这个服务厅");
    return;
  }
  if (!answer.ok) throw new Error(answer.status);
  etag = answer.headers.get("ETag");
  show(await answer.json());
}

// Not all displays in the same instant.
function pauseOf(failed) {
  const pause = failed ? PATIENCE_MS : phone.matches ? PHONE_MS : WALL_MS;
  return pause + Math.random() * pause / (phone.matches ? 2 : 10);
}

async function run() {
  let failed = false;
  clearTimeout(next);
  next = null;
  try {
    if (!document.hidden || !shown) await look();
    document.body.classList.remove("stale");
  } catch {
    etag = null;
    failed = true;
    document.body.classList.add("stale");
    say("网络中断，显示的可能不是最新情况，以现场叫号为准");
  }
  next = setTimeout(run, pauseOf(failed));
}

document.addEventListener("visibilitychange", () => {
  if (!document.hidden && next !== null) run();
});
run();
