/* What producers tell becomes a message, once, and a job that sends it. */

#include <jansson.h>

#include "core/clock.h"
#include "core/crypto.h"
#include "core/job.h"
#include "core/json_read.h"
#include "core/log.h"
#include "notice/identity.h"
#include "notice/notice.h"
#include "notice/template.h"

static enum error fill_message(struct request *r, const json_t *values, struct message *message)
{
    struct template template;
    enum error found = find_template(r, message->kind, civil_day(r->now), &template);
    json_t *about = json_pack("{s:s}", "about", message->about);

    arena_defer(r->arena, (void (*)(void *))json_decref, about);
    if (found == E_NOT_FOUND)
        return failed(r, E_INTERNAL, "notice_template %s: no version in force", message->kind);
    TRY(found);
    message->title = template.title;
    message->text = fill_in(r->arena, template.words, values);
    message->page = fill_in(r->arena, template.page, about);
    if (message->text == NULL || message->page == NULL)
        return failed(r, E_INTERNAL, "notice_template %s: a value is missing", message->kind);
    message->vals = json_written(r->arena, json_pack("O", values));
    message->created_at = r->now;
    return E_OK;
}

/* Told before: nothing more. The job of a message is added together with it. */
static enum error enter(struct request *r, void *product)
{
    struct message *message = product;
    enum error inserted;

    inserted = insert_message(r, message);
    if (inserted != E_OK)
        return inserted == E_EXISTS ? E_OK : inserted;
    return job_add(r, "deliver", message->id, NULL, r->now);
}

enum error take_telling(struct request *r, const struct task *task)
{
    const json_t *arg = task->arg == NULL ? NULL : read_json(r->arena, bytes_of(task->arg));
    const json_t *values = arg == NULL ? NULL : json_object_get(arg, "values");
    struct message message = {.id = task->id,
                              .kind = task->kind,
                              .subject = json_text_at(arg, "subject"),
                              .person_id = json_text_at(arg, "person_id"),
                              .about = json_text_at(arg, "about")};
    const char *account_id = json_text_at(arg, "account_id");
    enum error found;

    if (message.subject == NULL || message.about == NULL || !json_is_object(values) ||
        (message.person_id == NULL && account_id == NULL))
        return failed(r, E_INTERNAL, "event %s %s: not as casework/tell.h makes it", task->kind,
                      task->dedupe);
    if (message.person_id == NULL) {
        found = ask_person(r, account_id, &message.person_id);
        if (found != E_OK)
            return found == E_NOT_FOUND ? E_OK : found; /* nobody is known behind the account */
    }
    TRY(fill_message(r, values, &message));
    return db_transaction(r, enter, &message);
}
