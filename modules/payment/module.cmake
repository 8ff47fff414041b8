# Codes that a payer scans, as SVG and PNG.
find_package(PkgConfig REQUIRED)
pkg_check_modules(QR REQUIRED IMPORTED_TARGET libqrencode libpng)
target_link_libraries(payment_objects PUBLIC PkgConfig::QR)
target_link_libraries(payment PkgConfig::QR)
