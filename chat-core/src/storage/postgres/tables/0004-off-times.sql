-- Times for which starts counted the box as off, and that are not confirmed or were wrong (docs/decisions/0070).
alter table box add column off_times json;

-- The uses of devices that were logged out: from now on they go with their device.
delete from seen s where device_id <> '' and not exists
  (select 1 from accounts a, json_array_elements(a.doc -> 'devices') d
   where a.id = s.user_id and d ->> 'id' = s.device_id);
