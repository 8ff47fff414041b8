/* The canonical form, and the numbers that are not a person's or a vehicle's. */

#include "casework/identifier.h"

#include "casework/utf8.h"

enum { CANONICAL_MAX = 64, DECISION_DIGITS = 15, APPLICATION_DIGITS = 16 };

/* U+FF01..U+FF5E are the visible ASCII characters in full width, U+3000 is their blank. */
static uint32_t half_width(uint32_t code)
{
    if (code >= 0xFF01 && code <= 0xFF5E)
        return code - 0xFEE0;
    return code == 0x3000 || code == 0xA0 ? ' ' : code;
}

static bool is_dropped(uint32_t code)
{
    return code == ' ' || (code >= '\t' && code <= '\r') || code == '-' || code == 0xB7 ||
           code == 0x30FB;
}

const char *canonical(struct arena *arena, const char *text)
{
    char *form = arena_alloc(arena, CANONICAL_MAX + 1);
    size_t used = 0;
    uint32_t code;

    if (strnlen(text, CANONICAL_MAX + 1) > CANONICAL_MAX)
        return NULL;
    for (size_t size; *text != '\0'; text += size) {
        size = utf8_next(text, &code);
        if (size == 0)
            return NULL;
        code = half_width(code);
        if (is_dropped(code))
            continue;
        if (code < 0x80) {
            form[used++] = (char)(code >= 'a' && code <= 'z' ? code - 'a' + 'A' : code);
        } else {
            memcpy(form + used, text, size);
            used += size;
        }
    }
    return form;
}

static bool has_digits(const char *text, size_t count)
{
    return strspn(text, "0123456789") == count && text[count] == '\0';
}

/* ISO 7064 MOD 11,10. */
char check_digit(const char *digits, size_t count)
{
    int p = 10;

    for (size_t i = 0; i < count; i++) {
        int sum = (p + digits[i] - '0') % 10;

        p = 2 * (sum == 0 ? 10 : sum) % 11;
    }
    return (char)('0' + (11 - p) % 10);
}

bool is_decision_no(const char *text)
{
    return has_digits(text, DECISION_DIGITS + 1) &&
           text[DECISION_DIGITS] == check_digit(text, DECISION_DIGITS);
}

bool is_application_no(const char *text)
{
    return has_digits(text, APPLICATION_DIGITS + 1) &&
           text[APPLICATION_DIGITS] == check_digit(text, APPLICATION_DIGITS);
}

static const char credit_alphabet[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";

bool is_credit_code(const char *text)
{
    enum { BODY = 17 };
    size_t sum = 0;
    size_t weight = 1;

    if (strspn(text, credit_alphabet) != BODY + 1 || text[BODY + 1] != '\0')
        return false;
    for (size_t i = 0; i < BODY; i++) {
        sum += (size_t)(strchr(credit_alphabet, text[i]) - credit_alphabet) * weight;
        weight = weight * 3 % 31;
    }
    return text[BODY] == credit_alphabet[(31 - sum % 31) % 31];
}

/* GB 11714. */
bool is_organisation_code(const char *text)
{
    enum { BODY = 8 };
    static const char alphabet[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    static const size_t weights[BODY] = {3, 7, 9, 10, 5, 8, 4, 2};
    size_t sum = 0;

    if (strspn(text, alphabet) != BODY + 1 || text[BODY + 1] != '\0')
        return false;
    for (size_t i = 0; i < BODY; i++)
        sum += (size_t)(strchr(alphabet, text[i]) - alphabet) * weights[i];
    return text[BODY] == "0X987654321"[sum % 11];
}
