# The comment at the top of a script is its manual: --help prints it.

# show_help SCRIPT: the comment lines below the first line, without their marks.
show_help() {
    sed -n '2,/^[^#]/{ /^#/!d; s/^# \{0,1\}//; p }' "$1"
}

# fail TEXT...: what is wrong, in plain words, and the end.
fail() {
    printf '%s: %s\n' "$(basename "$0")" "$*" >&2
    exit 1
}

# option_value NAME VALUE...: the value of an option that needs one.
option_value() {
    [ $# -ge 2 ] || fail "$1 needs a value"
    printf '%s\n' "$2"
}
