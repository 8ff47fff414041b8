# The files of schema/ as they are applied; for scripts/migrate, which sets $root and $passwords. In
# the shell's own words: there are many files, and a start should not wait for programs that look at
# each.

# read_whole FILE: into $text, last empty lines included.
read_whole() {
    IFS= read -r -d '' text <"$1" || true
}

declare -A templates=()
templates_read() {
    local file text

    for file in "$root"/schema/*_template.sql; do
        read_whole "$file"
        file=${file##*/}
        templates[${file%_template.sql}]=$text
    done
}
templates_read

# read_head FILE: what its first lines say, "-- KEY: WORD", into $module, $accounts and $parts.
read_head() {
    local line

    module='' accounts='' parts=''
    while IFS= read -r line && [[ $line =~ ^--\ ([a-z]*):\ ([a-z_]*)$ ]]; do
        case ${BASH_REMATCH[1]} in
        module) module=${BASH_REMATCH[2]} && parts="module $parts" ;;
        account) accounts+=" ${BASH_REMATCH[2]}" ;;
        template) parts+=" ${BASH_REMATCH[2]}" ;;
        esac
    done <"$1"
}

# The SQL of a file as it is applied, once its head was read.
expand() {
    local file=$1 part text

    for part in $parts; do
        printf '%s' "${templates[$part]//\{module\}/$module}"
    done
    read_whole "$file"
    printf '%s' "$text"
}

# sums_read FILE...: into $sums[NAME], the checksums of the files as they are applied.
declare -A sums=()
sums_read() {
    local file work sum name module accounts parts

    work=$(mktemp -d)
    for file; do
        read_head "$file"
        expand "$file" >"$work/${file##*/}"
    done
    while read -r sum name; do
        sums[$name]=$sum
    done < <(cd "$work" && sha256sum -- *)
    rm -rf "$work"
}

# user_sql NAME: a database user, with the password that its file in $passwords names now.
user_sql() {
    local module=$1 file=$passwords/$1.password password

    if [ ! -s "$file" ]; then
        (umask 077 && mkdir -p "$passwords" && openssl rand -hex 24 >"$file.new")
        mv "$file.new" "$file"
    fi
    password=$(<"$file")
    [[ $password =~ ^[[:alnum:]]{16,}$ ]] || fail "$file: not a password of 16 or more letters and digits"
    printf "CREATE USER IF NOT EXISTS %s@localhost;\n" "$module"
    printf "ALTER USER %s@localhost IDENTIFIED BY '%s';\n" "$module" "$password"
}
