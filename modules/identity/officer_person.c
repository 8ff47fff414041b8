/* Who an officer is as a natural person: bound once, by a code that the officer's own verified
   account shows, so that nobody works on a case of his own (回避). */

#include "core/audit.h"
#include "core/idempotency.h"
#include "identity/link.h"
#include "identity/officer_work.h"

struct bound_view {
    bool is_bound;
};

const struct field officer_bound_fields[] = {FIELD(struct bound_view, is_bound), FIELD_END};

enum error create_officer_code(struct request *r)
{
    return show_new_code(r, OFFICER_CODE);
}

static enum error bind(struct request *r, void *product)
{
    const struct code_input *in = r->input;
    struct link_code link;
    struct account account;
    struct officer officer;

    (void)product;
    TRY(lock_officer(r, r->actor_id, &officer));
    TRY(lock_good_code(r, in->code, OFFICER_CODE, &link));
    TRY(find_account(r, link.account_id, &account));
    if (officer.person_id != NULL)
        return strcmp(officer.person_id, account.person_id) == 0
                   ? E_OK
                   : refuse(r, BOUND_TO_OTHER, NO_VALUES);
    officer.person_id = account.person_id;
    audit(r, "officer_bound", officer.id, "person=%s", officer.person_id);
    TRY(use_link_code(r, in->code));
    return bind_officer(r, &officer);
}

enum error bind_officer_person(struct request *r)
{
    TRY(db_transaction(r, bind, NULL));
    return reply_record(r, 200, officer_bound_fields, &(struct bound_view){true});
}
