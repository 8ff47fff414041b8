/* Numbers of bank accounts: cards (GB/T 14504, ISO/IEC 7812) and accounts of firms. */

#include "casework/identifier.h"

enum { ACCOUNT_MIN = 8, ACCOUNT_MAX = 30, CARD_MIN = 16, CARD_MAX = 19 };

/* Every second digit from the right but one is doubled, and its two digits are added. */
static bool has_luhn_digit(const char *digits, size_t size)
{
    int sum = 0;

    for (size_t i = 0; i < size; i++) {
        int digit = digits[size - 1 - i] - '0';

        if (i % 2 == 1)
            digit = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
        sum += digit;
    }
    return sum % 10 == 0;
}

/* UnionPay's cards begin with 62 and end with a check digit; accounts have none in common. */
bool is_bank_account(const char *text)
{
    size_t size = strlen(text);

    if (size < ACCOUNT_MIN || size > ACCOUNT_MAX || strspn(text, "0123456789") != size)
        return false;
    if (strncmp(text, "62", 2) != 0 || size < CARD_MIN || size > CARD_MAX)
        return true;
    return has_luhn_digit(text, size);
}
