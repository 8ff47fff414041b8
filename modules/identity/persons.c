#include "identity/persons.h"

#include "core/input.h"
#include "core/json_read.h"
#include "core/module_call.h"
#include "core/ulid.h"

#include <jansson.h>

struct person_answer {
    const char *person_id;
};

static const struct param person_params[] = {
    PARAM(struct person_answer, person_id, .min = ULID_SIZE, .max = ULID_SIZE, .check = is_ulid),
    PARAM_END,
};

enum error find_person(struct request *r, const struct claim *claim, const char **person_id)
{
    const char *body =
        json_written(r->arena, json_pack("{s:s, s:s}", "name", claim->name, "id_no", claim->id_no));
    struct http_answer http;
    struct person_answer answer;

    TRY(module_call(r, "/api/exchange/persons", body, &http));
    if (http.status == 409)
        return refuse(r, PERSON_CONFLICT, NO_VALUES);
    if (http.status != 200 && http.status != 201)
        return failed(r, http.status == 503 ? E_AGAIN : E_UPSTREAM, "exchange: status %lld",
                      (long long)http.status);
    if (input_from_json(r, http.body, person_params, LENIENT, &answer) != E_OK)
        return failed(r, E_UPSTREAM, "exchange: malformed answer");
    *person_id = answer.person_id;
    return E_OK;
}
