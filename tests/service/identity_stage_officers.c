#include "service/identity_stage_officers.h"

#include <unistd.h>

#include "core/clock.h"
#include "identity/officer.h"
#include "identity/totp.h"
#include "support/database.h"
#include "support/said.h"

static int64_t shifted_ms;

enum error run_command(const char **output, const char *line)
{
    char *words[12], *rest;
    int count = 0;
    struct said said;
    enum error error;

    for (char *word = strtok_r(arena_text(test.arena, line), " ", &rest); word != NULL;
         word = strtok_r(NULL, " ", &rest))
        words[count++] = word;
    said_begin(&said, STDOUT_FILENO);
    assert_string_equal(service.commands[0].name, "officer");
    request_reset(test.asker.r);
    test.asker.r->actor_id = "os:tester";
    error = service.commands[0].run(test.asker.r, count, words);
    *output = said_end(&said, test.arena);
    return error;
}

static const char *line_of(const char *text, const char *name)
{
    const char *at = strstr(text, name) + strlen(name);

    return arena_text_of(test.arena, at, strcspn(at, "\n"));
}

static int digit_of(char letter)
{
    return letter >= 'A' ? letter - 'A' : letter - '2' + 26;
}

static struct bytes secret_of_base32(const char *text)
{
    unsigned char *secret = arena_alloc(test.arena, TOTP_SECRET_SIZE);

    for (size_t i = 0; i < (size_t)TOTP_SECRET_SIZE * 8; i++)
        if (digit_of(text[i / 5]) & 16 >> i % 5)
            secret[i / 8] |= (unsigned char)(128 >> i % 8);
    return (struct bytes){secret, TOTP_SECRET_SIZE};
}

struct officer_card new_officer(const char *roles)
{
    struct officer_card card = {.name = new_name("officer")};
    const char *output;

    assert_int_equal(
        run_command(&output, arena_printf(test.arena, "add %s --display " NAME " --roles %s",
                                          card.name, roles)),
        E_OK);
    card.password = line_of(output, "password=");
    card.secret = hex_encode(test.arena, secret_of_base32(line_of(output, "totp_secret=")));
    assert_string_equal(line_of(output, "name="), card.name);
    return card;
}

struct officer_card settled_officer(const char *roles)
{
    return new_officer(arena_printf(test.arena, "%s --keep-password", roles));
}

void pass_time(int64_t ms)
{
    shifted_ms += ms;
    shift_clock(shifted_ms);
}

const char *code_at(const struct officer_card *card, int64_t steps_from_now)
{
    char *code = arena_alloc(test.arena, TOTP_DIGITS + 1);

    totp_code(hex_decode(test.arena, card->secret), totp_step(clock_now()) + steps_from_now, code);
    return code;
}

int try_sign_in(const char *name, const char *password, const char *code)
{
    test.token = NULL;
    return try_route("POST", OFFICERS,
                     arena_printf(test.arena,
                                  "{\"name\":\"%s\",\"password\":\"%s\",\"code\":\"%s\"}", name,
                                  password, code));
}

const char *officer_signs_in(const struct officer_card *card)
{
    assert_int_equal(try_sign_in(card->name, card->password, code_at(card, 0)), 201);
    pass_time(30 * SECOND_MS);
    return test.token = said("token");
}

int fail_once(const struct officer_card *card)
{
    return try_sign_in(card->name, "wrong", "000000");
}

void lock_out(const struct officer_card *card)
{
    for (int i = 0; i < FAILURES_MAX; i++)
        assert_int_equal(fail_once(card), 422);
}

int64_t failures_of(const struct officer_card *card)
{
    return database_number("SELECT failures FROM officer WHERE name = '%s'", card->name);
}

int64_t audited(const struct officer_card *card, const char *act, const char *detail)
{
    return database_number(
        "SELECT COUNT(*) FROM identity_audit WHERE act = '%s' AND detail LIKE '%s%%' AND object ="
        "  (SELECT id FROM officer WHERE name = '%s')",
        act, detail, card->name);
}

int64_t refusals(const struct officer_card *card, const char *fault)
{
    return audited(card, "refused", fault) / (test.is_rehearsing ? 2 : 1);
}

int begin_unshifted(void **state)
{
    shifted_ms = 0;
    return begin(state);
}
