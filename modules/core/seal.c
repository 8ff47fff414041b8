#include "core/seal.h"

#include <assert.h>

#include "core/metrics.h"
#include "core/process.h"
#include "core/vault.h"

static const struct vault *vault_of(const struct request *r)
{
    assert(r->process->vault != NULL); /* a module that seals requires DATA_KEYS_FILE */
    return r->process->vault;
}

struct bytes seal(struct request *r, const struct sealed_column *column, const char *row_id,
                  const char *text)
{
    return vault_seal(vault_of(r), r->arena, column, row_id, text);
}

enum error unseal(struct request *r, const struct sealed_column *column, const char *row_id,
                  struct bytes sealed, const char **text)
{
    const char *opened = vault_unseal(vault_of(r), r->arena, column, row_id, sealed);

    if (opened == NULL)
        return failed(r, E_INTERNAL, "sealed %s.%s of row %s does not open with key %d",
                      column->table, column->column, row_id, (int)sealed_key_id(sealed));
    if (r->process->metrics != NULL)
        metrics_count(r->process->metrics, COUNT_UNSEALED, 1);
    *text = opened;
    return E_OK;
}

struct bytes blind_index(struct request *r, const struct sealed_column *column,
                         const char *canonical)
{
    return vault_index(vault_of(r), r->arena, column, canonical);
}

bool seal_is_old(struct request *r, struct bytes sealed)
{
    return sealed_key_id(sealed) != seal_active_key(r);
}

int64_t seal_active_key(struct request *r)
{
    return vault_active_key(vault_of(r));
}
