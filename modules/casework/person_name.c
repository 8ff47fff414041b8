#include "casework/person_name.h"

#include <jansson.h>

#include "core/input.h"
#include "core/json_read.h"
#include "core/module_call.h"

struct name_answer {
    const char *name;
};

static const struct param name_params[] = {
    PARAM(struct name_answer, name, .min = 1, .max = 400),
    PARAM_END,
};

enum error person_name(struct request *r, const char *person_id, const char **name)
{
    const char *body = json_written(r->arena, json_pack("{s:s}", "person_id", person_id));
    struct http_answer http;
    struct name_answer answer;

    TRY(module_call(r, "/api/exchange/persons/name", body, &http));
    if (http.status != 200)
        return failed(r, http.status == 503 ? E_AGAIN : E_UPSTREAM, "exchange: status %lld",
                      (long long)http.status);
    if (input_from_json(r, http.body, name_params, LENIENT, &answer) != E_OK)
        return failed(r, E_UPSTREAM, "exchange: malformed answer");
    *name = answer.name;
    return E_OK;
}
