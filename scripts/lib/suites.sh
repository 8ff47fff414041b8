# Suites: one program each, whose tests are counted from what it prints (cmocka, unittest, fuzzers and
# lint alike). Of a suite there is one line; what it printed is shown when it failed.

# suite_counts LOG: "passed failed skipped" of what a suite printed.
suite_counts() {
    awk '
        /^\[  PASSED  \] [0-9]+ test/ { passed += $4 }
        /^\[  FAILED  \] [0-9]+ test/ { failed += $4 }
        /^\[  SKIPPED \] [0-9]+ test/ { skipped += $4 }
        /^Ran [0-9]+ tests? in / { passed += $2 }
        /^FAILED \(|^OK \(/ {
            wrong = 0
            for (i = 1; i <= NF; i++) {
                split($i, pair, "=")
                number = pair[2] + 0
                if (pair[1] ~ /failures|errors|unexpected/) wrong += number
                if (pair[1] ~ /skipped/) { skipped += number; passed -= number }
            }
            failed += wrong; passed -= wrong
        }
        /^[0-9]+ passed, [0-9]+ failed/ { passed += $1; failed += $3; skipped += $5 }
        END { if (passed < 0) passed = 0 # subtests fail more than once
            print passed + 0, failed + 0, skipped + 0 }' "$1"
}

# suite_run NAME COMMAND...: runs it with a time limit, remembers the counts, prints the line.
suite_run() {
    local name=$1 log=$logs/$1.log status=0 start=$EPOCHREALTIME passed failed skipped seconds

    shift
    timeout -k 10 "${SUITE_SECONDS:-900}" "$@" >"$log" 2>&1 </dev/null || status=$?
    read -r passed failed skipped <<<"$(suite_counts "$log")"
    # An end that its tests do not explain is a failure of its own.
    [ "$status" = 0 ] || [ "$failed" -gt 0 ] || failed=1
    [ $((passed + failed + skipped)) -gt 0 ] || failed=1
    echo "$passed $failed $skipped" >"$logs/$name.counts"
    seconds=$(awk "BEGIN { printf \"%.1f\", $EPOCHREALTIME - $start }")
    if [ "$failed" = 0 ]; then
        printf '%-44s ok      %3d %6s s\n' "$name" "$passed" "$seconds"
        return
    fi
    {
        printf '%-44s FAILED  %d of %d, status %d\n' "$name" "$failed" \
            $((passed + failed)) "$status"
        sed 's/^/    /' "$log" | tail -n 80
    }
}

# suites_run LANES: the suites on stdin, a line each: name, tab, command (words split at blanks).
suites_run() {
    local lanes=$1 line

    while IFS= read -r line; do
        while [ "$(jobs -rp | wc -l)" -ge "$lanes" ]; do
            wait -n || true
        done
        # shellcheck disable=SC2086 # the command's words are to be split
        suite_run "${line%%$'\t'*}" ${line#*$'\t'} &
    done
    wait
}

# suites_total: the closing line; fails when anything did.
suites_total() {
    compgen -G "$logs/*.counts" >/dev/null || echo "no suite has that name" >&2
    cat "$logs"/*.counts 2>/dev/null | awk '{ p += $1; f += $2; s += $3 } END {
        printf "%d passed, %d failed%s\n", p, f, s ? ", " s " skipped" : ""
        exit f > 0 || p == 0 }'
}
