#include "identity/account.h"

#include "casework/identifier.h"
#include "identity/wechat.h"

struct phone_view {
    const char *phone_masked;
};

const struct field phone_view_fields[] = {FIELD(struct phone_view, phone_masked), FIELD_END};

static enum error store_phone(struct request *r, void *product)
{
    const char *phone = product;

    return keep_phone(r, r->actor_id, phone);
}

enum error take_phone(struct request *r)
{
    const struct code_input *input = r->input;
    struct phone_view view;
    const char *phone;

    if (strcmp(r->channel, WECHAT) != 0)
        return refuse(r, WECHAT_ONLY, VALUES(r->channel));
    TRY(wechat_phone(r, input->code, &phone));
    TRY(db_transaction(r, store_phone, (void *)(uintptr_t)phone));
    view.phone_masked = mask_mobile(r->arena, phone);
    return reply_record(r, 200, phone_view_fields, &view);
}
