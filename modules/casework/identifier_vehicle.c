#include "casework/identifier.h"

#include "casework/utf8.h"

enum { VIN_SIZE = 17, VIN_CHECK = 8 };

static const char vin_alphabet[] = "0123456789ABCDEFGHJKLMNPRSTUVWXYZ";

/* The value of each character of vin_alphabet. */
static const char vin_values[] = "012345678912345678123457923456789";

bool has_vin_check_digit(const char *text)
{
    static const int weights[VIN_SIZE] = {8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2};
    int sum = 0;

    if (strspn(text, vin_alphabet) != VIN_SIZE || text[VIN_SIZE] != '\0')
        return false;
    for (size_t i = 0; i < VIN_SIZE; i++)
        sum += (vin_values[strchr(vin_alphabet, text[i]) - vin_alphabet] - '0') * weights[i];
    return text[VIN_CHECK] == "0123456789X"[sum % 11];
}

/* Vehicles from some regions carry no check digit; those made in China (L) always do. */
bool is_vin(const char *text)
{
    const char one[2] = {text[0], '\0'};

    if (strspn(text, vin_alphabet) != VIN_SIZE || text[VIN_SIZE] != '\0')
        return false;
    if (strspn(text, one) == VIN_SIZE)
        return false;
    return text[0] != 'L' || has_vin_check_digit(text);
}

static bool holds(const char *set, uint32_t code)
{
    uint32_t member;

    for (size_t size; (size = utf8_next(set, &member)) > 0; set += size) {
        if (member == code)
            return true;
    }
    return false;
}

static bool is_in_class(uint32_t class, uint32_t code)
{
    switch (class) {
    case 'p':
        return holds("京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼", code);
    case 'a':
        return holds("ABCDEFGHJKLMNPQRSTUVWXYZ", code);
    case 'n':
        return holds("ABCDEFGHJKLMNPQRSTUVWXYZ0123456789", code);
    case 'd':
        return holds("DABCEFGHJK", code);
    case '0':
        return holds("0123456789", code);
    default:
        return class == code;
    }
}

/* p: province, a: letter, n: letter or digit (both without I and O), d: letter of new-energy cars,
   0: digit; all else stands for itself. */
static bool matches(const char *text, const char *pattern)
{
    uint32_t class, code;

    while (*pattern != '\0') {
        size_t text_size = utf8_next(text, &code);

        pattern += utf8_next(pattern, &class);
        if (text_size == 0 || !is_in_class(class, code))
            return false;
        text += text_size;
    }
    return *text == '\0';
}

static bool matches_one(const char *text, const char *const *patterns)
{
    for (; *patterns != NULL; patterns++) {
        if (matches(text, *patterns))
            return true;
    }
    return false;
}

/* Of embassies, consulates, and of Hong Kong and Macau. */
static const char *const foreign_patterns[] = {"粤Znnnn港", "粤Znnnn澳", "pannnn领",
                                               "使000000",  "000000使",  NULL};

bool is_plate(const char *text)
{
    static const char *const patterns[] = {"pannnnn",  "padn0000", "pa00000d", "pannnn挂",
                                           "pannnn学", "pannnn警", NULL};

    return matches_one(text, patterns) || matches_one(text, foreign_patterns);
}

bool is_local_plate(const char *text)
{
    static const char shenzhen[] = "粤B";

    if (strncmp(text, shenzhen, strlen(shenzhen)) == 0)
        return is_plate(text);
    return matches_one(text, foreign_patterns);
}

bool is_plate_type(const char *text)
{
    if (strspn(text, "0123456789") != 2 || text[2] != '\0')
        return false;
    if (strcmp(text, "01") >= 0 && strcmp(text, "27") <= 0)
        return true;
    return IS_ONE_OF(text, "31", "32", "33", "41", "42", "43", "51", "52", "99");
}
