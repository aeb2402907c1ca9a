// Consumer groups as a kafkajs program uses them, against the broker at argv[2]: two members share, one goes, the
// other takes over; commits, admin requests. kafkajs speaks the older, non-flexible versions only.
const { kafka, expect, until, run } = require('./kafkajs_checks.js')

const topic = 'from-kafkajs'

async function startMember(groupId) {
  const member = { values: [], partitions: [] }
  member.consumer = kafka.consumer({ groupId, sessionTimeout: 6000, heartbeatInterval: 300, maxWaitTimeInMs: 200 })
  member.consumer.on(member.consumer.events.GROUP_JOIN, event => {
    member.partitions = event.payload.memberAssignment[topic] || []
  })
  await member.consumer.connect()
  await member.consumer.subscribe({ topics: [topic], fromBeginning: true })
  await member.consumer.run({ eachMessage: async ({ message }) => member.values.push(message.value.toString()) })
  return member
}

run(async () => {
  const admin = kafka.admin()
  await admin.connect()
  await admin.createTopics({ topics: [{ topic, numPartitions: 4 }], waitForLeaders: true })
  const producer = kafka.producer()
  await producer.connect()
  const send = async (from, count) => {
    const messages = Array.from({ length: count }, (_, i) => ({ partition: i % 4, value: `${from + i}` }))
    await producer.send({ topic, messages })
  }
  await send(0, 40)

  const first = await startMember('js')
  await until(() => first.values.length === 40, 'one member reads all')
  const second = await startMember('js')
  await until(() => first.partitions.length === 2 && second.partitions.length === 2, 'two members share')
  await second.consumer.disconnect()
  await until(() => first.partitions.length === 4, 'the other takes over')
  await send(40, 40)
  const wanted = Array.from({ length: 80 }, (_, i) => `${i}`).sort().join()
  await until(() => [...first.values, ...second.values].sort().join() === wanted, 'each record came once')
  const described = await admin.describeGroups(['js'])
  expect(described.groups[0].state === 'Stable' && described.groups[0].members.length === 1, 'the group is described')
  await first.consumer.disconnect()

  const offsets = await admin.fetchOffsets({ groupId: 'js', topics: [topic] })
  expect(offsets[0].partitions.every(p => p.offset === '20'), 'what was read is committed')
  await admin.setOffsets({ groupId: 'js', topic, partitions: [{ partition: 2, offset: '7' }] })
  const moved = await admin.fetchOffsets({ groupId: 'js', topics: [topic] })
  expect(moved[0].partitions.find(p => p.partition === 2).offset === '7', 'offsets are set')
  const listed = await admin.listGroups()
  expect(listed.groups.some(g => g.groupId === 'js' && g.protocolType === 'consumer'), 'the group is listed')
  await admin.deleteGroups(['js'])
  expect((await admin.listGroups()).groups.length === 0, 'the group is deleted')

  await producer.disconnect()
  await admin.disconnect()
})
