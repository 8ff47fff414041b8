# The files of schema/ as they are applied; for scripts/migrate, which sets $root.

# What the first lines of a file say: "-- KEY: WORD", a line each.
head_words() {
    sed -n "/^-- [a-z]*: [a-z_]*\$/!q; s/^-- $2: //p" "$1"
}

# The SQL of a file as it is applied.
expand() {
    local module=$1 file=$2 template

    for template in ${module:+module} $(head_words "$file" template); do
        sed "s/{module}/$module/g" "$root/schema/${template}_template.sql"
    done
    cat "$file"
}
