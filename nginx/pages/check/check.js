// The address in the code of a paper, opened by a browser: asks it for the facts, and says them.
"use strict";

const at = (id) => document.getElementById(id);
const STATES = {
  valid: ["good", "有效", "该证件（文书）由深圳市公安局交通警察局出具，目前有效。"],
  not_yet: ["wait", "尚未生效", "该证件真实，但还没有到生效日期。"],
  expired: ["bad", "已过期", "该证件真实，但有效期已过。"],
  revoked: ["bad", "已撤销", "该证件已被撤销，不再有效。"],
  used: ["bad", "已使用", "该文书已经使用，不能再次使用。"],
  overturned: ["bad", "已被变更或者撤销", "该文书载明的决定已被变更或者撤销。"],
  withdrawn: ["bad", "已撤销", "该决定已被撤销。"],
};
const ROWS = [["title", "名称"], ["service_name", "事项"], ["permit_no", "编号"], ["paper_no", "编号"],
  ["decision_no", "编号"], ["valid_from", "有效期自"], ["valid_to", "有效期至"], ["date", "日期"],
  ["issued_at", "签发时间"], ["revoked_at", "撤销时间"]];

function say(kind, state, hint) {
  document.body.className = kind;
  at("state").textContent = state;
  at("hint").textContent = hint;
}

// An instant as people here read it.
function shown(value) {
  if (!/T.*Z$/.test(value)) return value;
  return new Date(value).toLocaleString("zh-CN", { timeZone: "Asia/Shanghai", hour12: false });
}

function row(name, value) {
  const term = document.createElement("dt"), fact = document.createElement("dd");
  term.textContent = name;
  fact.textContent = shown(value);
  at("facts").append(term, fact);
}

function show(facts) {
  const known = STATES[facts.state] || ["wait", facts.state, ""];
  say(...known);
  at("facts").replaceChildren();
  for (const [field, name] of ROWS) if (facts[field]) row(name, facts[field]);
}

async function check() {
  const answer = await fetch(location.pathname, {
    cache: "no-store", headers: { Accept: "application/json" }, signal: AbortSignal.timeout(15000),
  });
  if (answer.status === 404) {
    say("bad", "查无此件", "没有查到这个编号，所出示的证件或者文书可能是伪造的。");
    return;
  }
  if (!answer.ok) throw new Error(answer.status);
  show(await answer.json());
}

check().catch(() => say("wait", "暂时无法核验", "网络或者系统繁忙，请稍后刷新重试。"));
