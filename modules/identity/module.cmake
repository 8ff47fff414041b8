# Argon2, for the hashes of officers' passwords.
pkg_check_modules(ARGON2 REQUIRED IMPORTED_TARGET libargon2)
target_link_libraries(identity_objects PUBLIC PkgConfig::ARGON2)
target_link_libraries(identity PkgConfig::ARGON2)
