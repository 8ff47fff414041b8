# The same tests in programs that watch themselves.

part_sanitize() {
    export ASAN_OPTIONS=detect_leaks=1:abort_on_error=0 UBSAN_OPTIONS=print_stacktrace=1
    export TSAN_OPTIONS=halt_on_error=1:suppressions=$root/tests/support/thread.supp

    # The other compiler, optimised as in a release, watches over what was tested with gcc before.
    CC=clang-14 build asan -DCMAKE_BUILD_TYPE=Release -DSANITIZE=address,undefined
    { programs asan unit && programs asan service; } | run 2
    TARGETS=probe build thread -DCMAKE_BUILD_TYPE=Debug -DSANITIZE=thread
    TEST_BIN=$root/build/thread/bin suites_of_processes | run 1
}

# The worker pool under load, as tests/http/process_test.py makes it.
suites_of_processes() {
    printf 'thread-process\t/usr/bin/python3 tests/http/process_test.py\n'
}
