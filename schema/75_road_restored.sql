-- module: road
-- What a restored pass needs: its place in the day's quota anew, and no bar of who was wronged.

ALTER TABLE road_abuse ADD COLUMN lifted_on DATE NULL
    COMMENT 'internal: UTC+8; found to be none on appeal; NULL: it stands';
GRANT UPDATE (lifted_on) ON road_abuse TO road@localhost;
GRANT UPDATE (quota_part) ON road_pass TO road@localhost;
