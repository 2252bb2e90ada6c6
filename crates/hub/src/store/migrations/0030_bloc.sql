-- Lists of agencies are filtered by bloc, in the order of the list.
CREATE INDEX agency_bloc ON agency (bloc, id);
