from service.doctor.redis_cluster import failed_masters

NODES = """\
a1 10.0.0.1:6379@16379,host-1 myself,master - 0 1 1 connected 0-5460
b1 10.0.0.2:6379@16379 master,fail - 1 1 2 disconnected 5461-10000 10002
c1 10.0.0.3:6379@16379 master,fail? - 1 1 3 connected 10923-16383
d1 10.0.0.4:6379@16379 master,fail - 1 1 4 disconnected
e1 10.0.0.5:6379@16379 master,fail - 1 1 5 disconnected [10001-<-b1]
f1 10.0.0.6:6379@16379 slave,fail b1 1 1 2 disconnected
g1 10.0.0.7:6379@16379 handshake - 0 0 0 disconnected
"""


def test_masters_that_failed_and_own_slots_are_named():
    assert failed_masters(NODES) == ["10.0.0.2:6379", "10.0.0.3:6379"]
    assert failed_masters("") == []
