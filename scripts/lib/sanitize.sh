# The same tests in programs that watch themselves.

# The other compiler, optimised as in a release, watches over what is tested with gcc as well; and the
# worker pool is watched by its threads.
build_sanitized() {
    CC=clang-14 build asan -DCMAKE_BUILD_TYPE=Release -DSANITIZE=address,undefined
    TARGETS=probe build thread -DCMAKE_BUILD_TYPE=Debug -DSANITIZE=thread
    export ASAN_OPTIONS=detect_leaks=1:abort_on_error=0 UBSAN_OPTIONS=print_stacktrace=1
    export TSAN_OPTIONS=halt_on_error=1:suppressions=$root/tests/support/thread.supp
}

suites_sanitize() { programs asan unit && programs asan service; }

# The worker pool under load, as tests/http/process_test.py makes it.
suites_of_processes() {
    printf 'thread-process\tenv TEST_BIN=%s /usr/bin/python3 tests/http/process_test.py\n' \
        "$root/build/thread/bin"
}
