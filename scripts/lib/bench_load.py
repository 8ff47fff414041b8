"""Loads on a stage: wrk through nginx, the bare statements, and what they cost."""
import json
import os
import signal
import subprocess
import time

from bench_stage import AS_SERVER, ROOT


class LoadFailed(Exception):
    """A load that gave nothing to measure; others may go on."""


def last_json(text, mark=""):
    lines = [line for line in text.splitlines() if line.startswith(mark + "{")]
    if not lines:
        raise LoadFailed(f"no result in: {text}")
    return json.loads(lines[-1][len(mark):])


def wrk(url, connections, seconds, *arguments):
    """Whole seconds: wrk knows no others."""
    done = subprocess.run(
        ["wrk", "-t1", f"-c{connections}", f"-d{seconds:.0f}s", "--timeout", "20s", "-s",
         ROOT / "tests/bench/load.lua", url, "--", *map(str, arguments)],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    result = last_json(done.stdout, "BENCH ")
    if result["broken"] or result["requests"] == result["refused"]:
        raise LoadFailed(f"{url} {arguments}: {done.stdout}")
    result["per_second"] = result["requests"] / result["seconds"]
    return result


def measured(stage, module, load):
    """A load with what it cost a request: CPU microseconds by process, round trips, retries, rows
    that the database read."""
    names = ["nginx", "mariadb", module]
    counters = {"round_trips": "database_round_trips_total", "retries": "transaction_retries_total"}
    counted = {key: stage.metric(module, name) for key, name in counters.items()}
    rows = stage.status("Rows_read")
    before = stage.cpu(names)
    result = load()
    after = stage.cpu(names)
    count = result["requests"]
    result["rows_read"] = (stage.status("Rows_read") - rows) / count
    for key, name in counters.items():
        result[key] = (stage.metric(module, name) - counted[key]) / count
    result["cpu_us"] = {("responder" if name == module else name):
                        (after[name] - before[name]) * 1e6 / count for name in names}
    return result


def system_calls(stage, module, load):
    """Of the module's workers, a request, by name; slow, so apart from what is timed."""
    pids = [argument for pid in stage.children(module) for argument in ("-p", str(pid))]
    path = stage.folder / "strace"
    tracer = subprocess.Popen(["strace", "-f", "-c", "-o", path, *pids],
                              stderr=subprocess.DEVNULL)
    time.sleep(0.5)  # attaching says nothing when it is done
    result = load()
    tracer.send_signal(signal.SIGINT)
    tracer.wait()
    calls = {}
    for line in path.read_text().splitlines()[2:]:
        fields = line.split()
        if len(fields) >= 5 and fields[-1] != "total" and fields[3].isdigit():
            calls[fields[-1]] = int(fields[3]) / result["requests"]
    return dict(sorted(calls.items(), key=lambda pair: -pair[1]))


def bare(stage, module, script, connections, first, count, seconds, cycle=None):
    before = stage.cpu(["mariadb"])["mariadb"]
    done = subprocess.run(
        [*AS_SERVER, stage.bin / "bench_bare_statements", stage.run / "sockets/db/mariadb.sock", module,
         stage.run / "keys/db" / (module + ".password"), str(connections), str(first), str(count),
         str(cycle or count), str(seconds)], input=script, stdout=subprocess.PIPE, text=True)
    result = last_json(done.stdout)
    result["database_cpu_us"] = ((stage.cpu(["mariadb"])["mariadb"] - before) * 1e6
                                 / max(result["requests"], 1))
    return result


def signing():
    """CPU microseconds of one RSA-2048 signature and of one verification, while all processors make
    them: a load keeps all of them busy, and each is slower for it."""
    count = os.cpu_count()
    done = subprocess.run(["openssl", "speed", "-multi", str(count), "-mr", "-seconds", "1",
                           "rsa2048"],
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True)
    for line in done.stdout.splitlines():
        if line.startswith("+F2:"):  # of all together
            fields = line.split(":")
            return count * 1e6 / float(fields[3]), count * 1e6 / float(fields[4])
    raise SystemExit(f"bench: openssl speed said {done.stdout}")


def kept_call(stage, size=600, count=5000):
    """CPU microseconds of the caller, of as many callers at once as there are processors."""
    url = f"https://127.0.0.1:{stage.port + 1}/null"
    command = [*AS_SERVER, stage.bin / "bench_kept_call", url, stage.run / "keys/ca/ca.crt",
               str(count), str(size)]
    callers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
               for _ in range(os.cpu_count())]
    return sum(last_json(one.communicate()[0])["cpu_us"] for one in callers) / len(callers)
