#include "identity/officer_rules.h"

#include <strings.h>

#include "casework/utf8.h"

enum { CODE_DIGITS = 6, DIFFERENT_MIN = 5 };

bool is_officer_name(const char *text)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
    size_t size = strspn(text, letters);

    return size >= OFFICER_NAME_MIN && size <= OFFICER_NAME_MAX && text[size] == '\0' &&
           text[0] >= 'a' && text[0] <= 'z';
}

bool is_display_name(const char *text)
{
    size_t count = utf8_count(text);

    return count > 0 && count <= DISPLAY_MAX;
}

bool is_totp_code(const char *text)
{
    return strspn(text, "0123456789") == CODE_DIGITS && text[CODE_DIGITS] == '\0';
}

/* Of the text, counted no further than is asked for. */
static bool has_different(const char *text, size_t wanted)
{
    uint32_t seen[DIFFERENT_MIN], code;
    size_t count = 0;

    for (size_t size; count < wanted && (size = utf8_next(text, &code)) > 0; text += size) {
        size_t i = 0;

        while (i < count && seen[i] != code)
            i++;
        if (i == count)
            seen[count++] = code;
    }
    return count == wanted;
}

static bool holds(const char *text, const char *word)
{
    for (; *text != '\0'; text++)
        if (strncasecmp(text, word, strlen(word)) == 0)
            return true;
    return false;
}

unsigned password_faults(const char *name, const char *old, const char *password)
{
    unsigned faults = 0;

    if (utf8_count(password) < PASSWORD_CHARACTERS_MIN)
        faults |= PASSWORD_IS_SHORT;
    if (!has_different(password, DIFFERENT_MIN) || holds(password, name))
        faults |= PASSWORD_IS_SIMPLE;
    if (strcmp(old, password) == 0)
        faults |= PASSWORD_IS_THE_OLD;
    return faults;
}

bool is_locked(const struct tries *tries, struct instant now)
{
    return tries->locked_until.ms != NONE && tries->locked_until.ms > now.ms;
}

struct tries count_failure(struct tries before, struct instant now, int64_t lock_ms)
{
    bool is_over = before.locked_until.ms != NONE && !is_locked(&before, now);
    struct tries after = before;

    if (is_over)
        after = (struct tries){0, {NONE}};
    after.failures++;
    if (after.failures >= FAILURES_MAX && after.locked_until.ms == NONE)
        after.locked_until = instant_add(now, lock_ms);
    return after;
}
