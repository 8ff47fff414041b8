# Officers of a development platform in $run, so that tests and scripts/demo have somebody to sign in.

# officer_make NAME DISPLAY ROLES [BRIGADE]: what scripts/officer prints stands in
# $run/keys/officers/NAME.
officer_make() {
    (umask 077 && "$root/scripts/officer" add "$1" --display "$2" --roles "$3" ${4:+--brigade "$4"} \
        --keep-password --run-dir "$run" --bin "$bin" >"$run/keys/officers/$1.new") || return 1
    mv "$run/keys/officers/$1.new" "$run/keys/officers/$1"
}

# officers_make: one or two of each role, of two brigades and of headquarters, in a database that has
# no officer yet.
officers_make() {
    local known name

    [ ! -e "$run/db/officers" ] || return 0
    known=$("$root/scripts/officer" list --run-dir "$run" --bin "$bin") || return 1
    [ -z "$known" ] || { touch "$run/db/officers" && return; }
    mkdir -p -m 0700 "$run/keys/officers"
    for name in a b; do
        officer_make "finance-$name" "财务员$name" finance || return 1
    done
    officer_make futian-desk 福田受理员 intake,reviewer 440304 || return 1
    officer_make futian-lead 福田负责人 lead 440304 || return 1
    officer_make city-desk 市局受理员 intake,reviewer 440300 || return 1
    officer_make city-lead 市局负责人 lead 440300 || return 1
    officer_make nanshan-desk 南山受理员 intake,reviewer 440305 || return 1
    officer_make security-a 安全管理员 security || return 1
    officer_make audit-a 审计员 auditor || return 1
    touch "$run/db/officers"
}
