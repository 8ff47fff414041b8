# What stands sealed in the database of a platform in $run.

# sealed_rows: TABLE.COLUMN COUNT of what the module keeps sealed under key $retired.
sealed_rows() {
    local ask=(mariadb --no-defaults -N -S "$run/sockets/db/mariadb.sock" tongban -e) table column

    "${ask[@]}" "SELECT table_name, column_name FROM information_schema.columns c
        JOIN information_schema.table_privileges p USING (table_schema, table_name)
        WHERE table_schema = 'tongban' AND c.column_comment LIKE '%sealed%'
        AND c.data_type IN ('varbinary', 'blob', 'mediumblob')
        AND p.privilege_type = 'INSERT'
        AND p.grantee = CONCAT(QUOTE('$module'), '@', QUOTE('localhost'))" |
        while read -r table column; do
            "${ask[@]}" "SELECT '$table.$column', COUNT(*) FROM $table
                WHERE CONV(HEX(SUBSTRING($column, 3, 2)), 16, 10) = $retired HAVING COUNT(*) > 0"
        done
}
