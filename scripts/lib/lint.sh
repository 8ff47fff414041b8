# The rules of scripts/lint. Each prints what breaks it: a place, then what is wrong.

c_files() {
    git ls-files -co --exclude-standard -- 'modules/*.[ch]' 'tests/*.[ch]' | existing
}

text_files() {
    git ls-files -co --exclude-standard | grep -Ev '^tests/(fuzz/corpus|vectors)/|\.(gz|zip|png)$' |
        existing
}

existing() {
    local path

    while IFS= read -r path; do
        [ ! -f "$path" ] || printf '%s\n' "$path"
    done
}

# Headers are laid out by hand, to be read as a manual.
rule_format() {
    c_files | grep '\.c$' | xargs -r clang-format-14 --dry-run 2>&1 |
        sed -n 's/:[0-9]*: warning: code should be.*/: run clang-format -i/p'
}

rule_lines() {
    text_files | xargs -r grep -HnP '\t' | sed 's/:.*//; s/$/ has a tab/' | sort -u
    text_files | xargs -r grep -HnE ' +$' | cut -d : -f 1,2 | sed 's/$/ ends in a blank/'
    text_files | grep -Ev '\.(json|pem|md)$' | LC_ALL=C.UTF-8 xargs -r grep -HnE '.{111,}' |
        cut -d : -f 1,2 | sed 's/$/ is longer than 110 columns/'
    text_files | while IFS= read -r path; do
        [ ! -s "$path" ] || [ -z "$(tail -c 1 "$path")" ] || echo "$path does not end its last line"
    done
}

rule_words() {
    text_files | xargs -r grep -HnwE 'TO''DO|FIX''ME|X''XX|HA''CK' | sed 's/$/ (left over)/'
    text_files | xargs -r grep -HnE '(^|[^a-z:/.])/(home|root|work|farm)/' |
        sed 's/$/ (a path of one machine)/'
}

rule_memory() {
    local banned

    banned=$(sed -n 's/^#define \([a-z]*\)(\.\.\.).*/\1/p' modules/core/banned.h | paste -s -d '|')
    c_files | grep '^modules/' | grep -v '^modules/core/' |
        xargs -r grep -HnE '\b(malloc|calloc|realloc|free)\(' | sed 's/$/ (memory is r->arena)/'
    c_files | grep -vx modules/core/banned.h | xargs -r grep -HnE "\b($banned)\(" |
        sed 's/$/ (banned.h)/'
    c_files | xargs -r grep -Hn '_GNU_SOURCE' | grep -v '^modules/core/[a-z_]*\.c:1:' |
        sed 's/$/ (on the first line of a core file, with the reason)/'
}

# Includes point one way: module, casework, core, system; a library is known by the files that hold it.
rule_includes() {
    local libraries known='connection\.h|http\.c|fastcgi\.c|crypto_[a-z]+\.[ch]|certificate\.c'

    known="modules/core/($known)|modules/simulator/wire_crypto\.c|modules/identity/password\.c|tests/.*"
    known="$known|modules/casework/workshop/(clean_[a-z]+|paper_[a-z]+|confine)\.[ch]"

    c_files | grep '^modules/' | xargs -r grep -HnE '^#include "' | awk -F '"' '
        { split($1, here, "/"); split($2, there, "/"); own = here[2]; other = there[1] }
        other != own && other != "core" && !(other == "casework" && own != "core") {
            print $0 " (includes point one way)" }'
    libraries='mysql|curl|fcgi|openssl|mbedtls|argon2|jpeglib|qpdf|seccomp|cairo|linebreak'
    c_files | xargs -r grep -HnE "^#include <($libraries)" |
        grep -Ev "^($known):" | sed 's/$/ (known by one file)/'
}

rule_size() {
    c_files | grep '\.c$' | xargs -r pmccabe 2>/dev/null |
        awk '{ place = $6; sub(/\([0-9]+\):?$/, "", place); sub(/\([0-9]+\)/, "", place) }
        $1 > 12 { print place ":" $7 " has complexity " $1 ", more than 12" }
        $5 > 50 { print place ":" $7 " has " $5 " lines, more than 50" }'
    c_files | xargs -r wc -l | awk '$2 == "total" { next }
        $2 ~ /^tests/ && $1 <= 700 { next }
        $2 ~ /\.c$/ && $1 > 500 { print $2 " has " $1 " lines, more than 500" }
        $2 ~ /\.h$/ && $1 > 150 { print $2 " has " $1 " lines, more than 150" }'
}

rule_scripts() {
    local path

    for path in $(find scripts -maxdepth 1 -type f -perm -u+x) .ci/run; do
        [ "$(wc -l <"$path")" -le 100 ] || echo "$path has more than 100 lines"
        [ -n "$("$path" --help 2>&1)" ] || echo "$path has no --help"
        head -n 1 "$path" | grep -q bash || continue
        grep -qx 'set -euo pipefail' "$path" || echo "$path does not set -euo pipefail"
        bash -n "$path" 2>&1
    done
    for path in scripts/lib/*.sh; do
        bash -n "$path" 2>&1
    done
}

# Asked of a database that has it, not of the text.
rule_schema() {
    grep -nE '^CREATE TABLE ' schema/*.sql | grep -v 'IF NOT EXISTS' |
        sed 's/$/ (cannot be run again)/'
    scripts/with-database lint scripts/lib/schema_faults
}

# Every module's own files are where scripts/new-module puts them.
rule_modules() {
    local name

    for name in $(modules_found .); do
        for path in modules/$name/README.md nginx/upstreams/$name.conf nginx/upstreams/$name.map; do
            [ -s "$path" ] || echo "$path is missing"
        done
        compgen -G "tests/service/$name*_test.c" >/dev/null ||
            echo "tests/service/${name}_test.c is missing"
    done
}

# Every test that tests/fault/README.md names is there.
rule_faults() {
    grep -o '^| F[0-9]* .*' tests/fault/README.md | grep -oE '`[a-z0-9_]+`' | tr -d '`' | sort -u |
        while IFS= read -r name; do
            grep -rqE "(def|void) $name\(" --include='*.py' --include='*.c' tests ||
                echo "tests/fault/README.md names $name, which is no test"
        done
}

# What the definitions of services say has to be so.
rule_services() {
    scripts/check-services | grep -v ' definitions, 0 faults$'
}
